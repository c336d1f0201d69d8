#!/usr/bin/env bash
# Postgres with pgvector on 127.0.0.1, in the foreground until SIGTERM or SIGINT (then a clean shutdown).
#   AISAAS_STATE       where it keeps its data (default: .local in the repository), in postgres/
#   POSTGRES_PORT      default 5085
#   POSTGRES_PASSWORD  of the superuser `postgres`; may differ from the last start's
# The database `aisaas` is there when it answers. AISAAS_DB_TEST=1 (or --test) trades durability for speed, for tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
source "$REPO/eng/lib/leash.sh"

[[ ${1:-} != --test ]] || AISAAS_DB_TEST=1
PORT=${POSTGRES_PORT:-5085}
PASSWORD=${POSTGRES_PASSWORD:?is not set}
DATA=${AISAAS_STATE:-$REPO/.local}/postgres
POSTGRES=$("$REPO/eng/local/tool" postgres)
BIN=$(dirname "$POSTGRES")

SETTINGS=(-c listen_addresses=127.0.0.1 -c "port=$PORT" -c unix_socket_directories= -c password_encryption=scram-sha-256
  -c max_connections=200 -c shared_buffers=256MB -c effective_cache_size=1GB -c work_mem=16MB -c maintenance_work_mem=256MB
  -c max_parallel_maintenance_workers=0 # pgvector 0.8.0 can overflow in a parallel index build (fixed in 0.8.2)
  -c jit=off -c random_page_cost=1.1 -c max_wal_size=2GB -c checkpoint_timeout=10min
  -c timezone=GMT -c log_timezone=GMT -c lc_messages=C -c logging_collector=off -c log_min_messages=warning -c log_checkpoints=off)
if [[ ${AISAAS_DB_TEST:-} == 1 ]]; then
  SETTINGS+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB -c autovacuum_naptime=5min
    -c max_connections=600) # a test run has dozens of services, each with a pool
fi

create() {
  # Made beside and moved into place, so that an interrupted start leaves nothing half made.
  rm -rf "$DATA.new"
  mkdir -m 700 -p "$DATA.new"
  drop_root "$DATA.new"
  "${AS[@]}" "$BIN/initdb" -D "$HERE" -U postgres -E UTF8 --locale-provider=builtin --locale=C.UTF-8 \
    --auth=trust --no-sync --no-instructions >/dev/null
  printf 'host all all 127.0.0.1/32 scram-sha-256\n' >pg_hba.conf
  alone "CREATE DATABASE aisaas" "$SET_PASSWORD"
  cd "$REPO"
  mv "$DATA.new" "$DATA"
  remember_password
}

# alone STATEMENT...: runs them without a server, before anybody can connect.
alone() {
  printf '%s\n' "$@" | "${AS[@]}" "$BIN/postgres" --single -D "$HERE" -c fsync=off -c log_checkpoints=off postgres >/dev/null
}

SET_PASSWORD="ALTER USER postgres PASSWORD '${PASSWORD//\'/\'\'}'"
same_password() { [[ $(cat "$DATA.password" 2>/dev/null) == "$(sha256sum <<<"$PASSWORD")" ]]; }
remember_password() { (umask 077 && sha256sum <<<"$PASSWORD" >"$DATA.password"); }

# A pid file outlives a crash, and its number may by now be another program's.
clear_stale_pid() {
  local pid
  [[ -f $DATA/postmaster.pid ]] || return 0
  read -r pid <"$DATA/postmaster.pid" || true
  for _ in {1..50}; do
    [[ $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$(readlink -f "$DATA")" ]] || { rm -f "$DATA/postmaster.pid"; return 0; }
    pause 0.1
  done
  die "Postgres already runs on $DATA (process $pid)"
}

[[ -d $DATA ]] || create
clear_stale_pid
drop_root "$DATA"
same_password || { alone "$SET_PASSWORD" && remember_password; }
leash INT "$BIN/postgres" -D "$HERE" "${SETTINGS[@]}"
