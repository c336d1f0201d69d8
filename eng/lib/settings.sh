# shellcheck shell=bash
# Where state and ports are, and what the graph is told by its environment.

export AISAAS_STATE=${AISAAS_STATE:-$REPO/.local}
[[ $AISAAS_STATE == /* ]] || AISAAS_STATE=$PWD/$AISAAS_STATE
STATE=$AISAAS_STATE
YES= LOGS=

# Variable, default, what listens there.
PORTS="AISAAS_WEB_PORT 5080 web
AISAAS_API_PORT 5081 api
AISAAS_DASHBOARD_PORT 18888 dashboard
AISAAS_OTLP_GRPC_PORT 18889 telemetry (gRPC)
AISAAS_OTLP_HTTP_PORT 18890 telemetry (HTTP)
AISAAS_POSTGRES_PORT 5085 Postgres
AISAAS_REDIS_PORT 5086 Redis"
while read -r variable default _; do export "$variable=${!variable:-$default}"; done <<<"$PORTS"

WEB_URL=http://localhost:$AISAAS_WEB_PORT
API_URL=http://localhost:$AISAAS_API_PORT
DASHBOARD_URL=http://localhost:$AISAAS_DASHBOARD_PORT

# Nothing that outlives a build: no MSBuild nodes, no compiler server.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false npm_config_loglevel=error

use_settings() {
  [[ -f $1 ]] || die "No file $1"
  AISAAS_SETTINGS=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
  export AISAAS_SETTINGS
}
if [[ ${AISAAS_SETTINGS:-} ]]; then use_settings "$AISAAS_SETTINGS"; fi

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The AppHost knows the rest by itself, also when an IDE starts it; nothing of this shell's own shall bend it.
graph_environment() {
  unset ASPNETCORE_URLS ASPNETCORE_ENVIRONMENT DOTNET_ENVIRONMENT
  export AISAAS_READY_FILE=$STATE/ready.json
  export AISAAS_DASHBOARD_BIN=$REPO/eng/local/aspire
  AISAAS_MODEL_DIR=$("$REPO/eng/local/model")
  AISAAS_TOOLS_BIN=$(dirname "$("$REPO/eng/local/tool" pdftotext)")
  export AISAAS_MODEL_DIR AISAAS_TOOLS_BIN
}
