#!/usr/bin/env bash
# Redis on 127.0.0.1, in the foreground until SIGTERM or SIGINT (then a clean shutdown).
#   AISAAS_STATE    where it keeps its data (default: .local in the repository), in redis/
#   REDIS_PORT      default 5086
#   REDIS_PASSWORD  optional
# AISAAS_DB_TEST=1 (or --test) keeps nothing on disk, for tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../lib/common.sh"
source "$REPO/eng/lib/leash.sh"

[[ ${1:-} != --test ]] || AISAAS_DB_TEST=1
DATA=${AISAAS_STATE:-$REPO/.local}/redis
REDIS=$("$REPO/eng/local/tool" redis-server)
mkdir -p "$DATA"

quoted() { local text=${1//\\/\\\\}; printf '"%s"' "${text//\"/\\\"}"; }

# By a descriptor, so that the password shows in no process list. noeviction: a queue must not lose keys silently.
settings() {
  printf '%s\n' 'bind 127.0.0.1' "port ${REDIS_PORT:-5086}" "dir $(quoted "$DATA")" 'maxmemory-policy noeviction' \
    'loglevel warning' 'always-show-logo no'
  if [[ ${REDIS_PASSWORD:-} ]]; then printf 'requirepass %s\n' "$(quoted "$REDIS_PASSWORD")"; fi
  if [[ ${AISAAS_DB_TEST:-} == 1 ]]; then
    printf '%s\n' 'save ""' 'appendonly no'
  else
    printf '%s\n' 'save ""' 'appendonly yes' 'appendfsync everysec'
  fi
}

exec {CONFIG}< <(settings)
leash TERM "$REDIS" "/dev/fd/$CONFIG"
