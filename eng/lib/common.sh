# shellcheck shell=bash
# What every script here needs: where things are, how to speak, how to show a long step, how to lock.
# Source it; it sets REPO and CACHE, and makes a signal end the script by way of its EXIT trap.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# An empty HOME (a service, a bare container) still has a cache: the machine's temporary folder, one per user.
CACHE=${XDG_CACHE_HOME:-${HOME:-/var/tmp/home-$(id -u)}/.cache}/aisaas

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# megabytes BYTES: one decimal below ten, none above.
megabytes() {
  if (($1 < 10000000)); then printf '%d.%d' $(($1 / 1000000)) $(($1 % 1000000 / 100000)); else printf '%d' $(($1 / 1000000)); fi
}

# pause SECONDS: sleeps without starting a process, so that waiting loops cost nothing. Keep it under a second:
# traps run when it ends.
exec {SILENCE}<> <(:)
pause() { read -rt "$1" -u "$SILENCE" || true; }

# shown LABEL COMMAND...: runs a step with its output in a file. Says every four seconds that it goes on, how long
# it took, and on failure what it wrote. PROGRESS_DIR and PROGRESS_TOTAL (bytes) make it count a download.
# The step is a process group of its own, so that a signal to us ends all of it.
STEPS=()
trap end_steps EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
shown() {
  local label=$1 log pid started=$SECONDS told=$SECONDS status=0
  shift
  log=$(mktemp)
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  STEPS+=("$pid")
  while kill -0 "$pid" 2>/dev/null; do
    pause 0.1
    if ((SECONDS - told >= 4)); then
      told=$SECONDS
      say "  … $label: $(so_far $((SECONDS - started)))"
    fi
  done
  wait "$pid" || status=$?
  if ((status)); then
    say "  ✗ $label failed (exit code $status):"
    tail -n 40 "$log" | sed 's/^/    /' >&2
  else
    say "  ✓ $label ($((SECONDS - started)) s)"
  fi
  rm -f "$log"
  return "$status"
}

so_far() {
  local have=0
  if [[ ${PROGRESS_TOTAL:-0} -gt 0 ]]; then
    have=$(du -sb "$PROGRESS_DIR" 2>/dev/null | cut -f1)
    ((have = have < PROGRESS_TOTAL ? have : PROGRESS_TOTAL))
    printf '%s of %s MB' "$(megabytes "$have")" "$(megabytes "$PROGRESS_TOTAL")"
  else
    printf '%d s' "$1"
  fi
}

# Ends every step that still runs, with all its descendants.
end_steps() {
  local pid
  for pid in "${STEPS[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in "${STEPS[@]}"; do
    for _ in {1..50}; do kill -0 -- "-$pid" 2>/dev/null || continue 2; pause 0.1; done
    kill -KILL -- "-$pid" 2>/dev/null || true
  done
}

# locked FILE COMMAND...: one at a time over all processes of this user; says so when it has to wait.
locked() {
  local file=$1 fd
  shift
  mkdir -p "$(dirname "$file")"
  exec {fd}>"$file"
  if ! flock -n "$fd"; then
    say "  … another process is installing this ($(basename "$file" .lock)); waiting for it"
    until flock -w 4 "$fd"; do say "  … still waiting for $(basename "$file" .lock)"; done
  fi
  "$@"
  exec {fd}>&-
}
