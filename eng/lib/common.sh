# shellcheck shell=bash
# What every script here needs: where things are, how to speak, how to show a long step, how to lock.
# Source it; it sets REPO and CACHE, and makes a signal end the script by way of its EXIT trap.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Without a home (a service, a bare container) dotnet and npm would fail: one in the temporary folder does for them.
export HOME=${HOME:-/var/tmp/home-$(id -u)}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/aisaas

say() { printf '%s\n' "$*" >&2 || true; } # a closed terminal must not stop us from tidying up
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# existing PATH: the nearest folder on the way to it that is there already.
existing() { local path=$1; until [[ -d $path ]]; do path=$(dirname "$path"); done; printf '%s\n' "$path"; }

# megabytes BYTES: one decimal below ten, none above.
megabytes() {
  if (($1 < 10000000)); then printf '%d.%d' $(($1 / 1000000)) $(($1 % 1000000 / 100000)); else printf '%d' $(($1 / 1000000)); fi
}

# pause SECONDS: sleeps without starting a process, so that waiting loops cost nothing. Keep it under a second:
# traps run when it ends.
exec {SILENCE}<> <(:)
pause() { read -rt "$1" -u "$SILENCE" || true; }

# Every long command is a step: a process group of its own, so that a signal to us ends all of it, wherever it is.
STEPS=()
trap end_steps EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE

# begin COMMAND...: starts a step; its process is in STEP.
begin() {
  set -m
  "$@" </dev/null &
  STEP=$!
  set +m
  STEPS+=("$STEP")
}

# finished PID: whether it has ended (a zombie has: in a trap bash doesn't collect them). await PID: its exit code.
finished() {
  local stat=
  kill -0 "$1" 2>/dev/null || return 0
  read -r stat 2>/dev/null <"/proc/$1/stat" || true
  [[ ${stat##*) } == Z* ]]
}
await() { until finished "$1"; do pause 0.1; done; wait "$1"; }

# shown LABEL COMMAND...: runs a step with its output in a file. Says every four seconds that it goes on, how long
# it took, and on failure what it wrote. PROGRESS_DIR and PROGRESS_TOTAL (bytes) make it count a download.
shown() {
  local label=$1 log step started=$SECONDS told=$SECONDS status=0
  shift
  log=$(mktemp)
  begin "$@" >"$log" 2>&1
  step=$STEP
  until finished "$step"; do
    pause 0.1
    if ((SECONDS - told >= 4)); then
      told=$SECONDS
      say "  … $label: $(so_far $((SECONDS - started)))"
    fi
  done
  wait "$step" || status=$?
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
  local got
  if [[ ${PROGRESS_TOTAL:-} ]]; then
    got=$(du -sb "$PROGRESS_DIR" 2>/dev/null | cut -f1)
    printf '%s of %s MB' "$(megabytes $((got < PROGRESS_TOTAL ? got : PROGRESS_TOTAL)))" "$(megabytes "$PROGRESS_TOTAL")"
  else
    printf '%d s' "$1"
  fi
}

# Ends every step that still runs, with all its descendants: asks, waits for GRACE seconds, then insists.
GRACE=10
end_steps() {
  local step until=$((SECONDS + GRACE))
  trap '' INT TERM HUP PIPE
  for step in "${STEPS[@]}"; do kill -TERM -- "-$step" 2>/dev/null || true; done
  for step in "${STEPS[@]}"; do
    until finished "$step" || ((SECONDS >= until)); do pause 0.1; done
    kill -KILL -- "-$step" 2>/dev/null || true
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
