# shellcheck shell=bash
# What every script here needs: where things are, how to speak, how to show a long step, how to lock.
# Source it; it sets REPO and CACHE, and makes a signal end the script by way of its EXIT trap.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Without a home (a service, a bare container) dotnet and npm would fail: one in the temporary folder does for them.
export HOME=${HOME:-/var/tmp/home-$(id -u)}
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/aisaas

# A closed terminal must not stop us from tidying up, hence `|| true`. On a terminal, progress is one line that is
# written over; elsewhere each is a line of its own.
if [[ -t 2 ]]; then OVER=$'\r\e[K' NEXT=; else OVER= NEXT=$'\n'; fi
say() { printf '%s%s\n' "$OVER" "$*" >&2 || true; }
progress() { printf '%s  … %s%s' "$OVER" "$*" "$NEXT" >&2 || true; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# existing PATH: the nearest folder on the way to it that is there already.
existing() { local path=$1; until [[ -d $path ]]; do path=$(dirname "$path"); done; printf '%s\n' "$path"; }

# megabytes BYTES: one decimal below ten, none above.
megabytes() {
  if (($1 < 10000000)); then printf '%d.%d' $(($1 / 1000000)) $(($1 % 1000000 / 100000)); else printf '%d' $(($1 / 1000000)); fi
}

# pause SECONDS: sleeps without starting a process, so that waiting loops cost nothing. Keep it under a second: a signal
# that comes meanwhile is heard when it is over. (To exit from within `read` would tear bash's stack.)
exec {SILENCE}<> <(:)
PAUSING='' ENDING=''
pause() {
  PAUSING=1
  read -rt "$1" -u "$SILENCE" || true
  PAUSING=''
  if [[ $ENDING ]]; then exit "$ENDING"; fi
}
end() { if [[ $PAUSING ]]; then ENDING=$1; else exit "$1"; fi; }

# Every long command is a step: a process group of its own, so that a signal to us ends all of it, wherever it is.
mind_signals() {
  trap end_steps EXIT
  trap 'end 130' INT
  trap 'end 143' TERM
  trap 'end 129' HUP
  trap 'end 141' PIPE
}
mind_signals

# begin COMMAND...: starts a step, a program or a function; its process is in STEP.
begin() {
  set -m
  in_step "$@" </dev/null &
  STEP=$!
  set +m
}
in_step() {
  if [[ $(type -t "$1") == file ]]; then exec "$@"; fi
  mind_signals # a function may have steps of its own
  "$@"
}

# finished PID: whether it has ended (a zombie has: in a trap bash doesn't collect them). await PID: its exit code.
finished() {
  local stat=
  kill -0 "$1" 2>/dev/null || return 0
  read -r stat 2>/dev/null <"/proc/$1/stat" || true
  [[ ${stat##*) } == Z* ]]
}
await() { until finished "$1"; do pause 0.1; done; wait "$1"; }

# watched LABEL PID: awaits a step and says every four seconds that it goes on. PROGRESS_DIR and PROGRESS_TOTAL (bytes)
# make it count a download.
watched() {
  local label=$1 step=$2 started=$SECONDS told=$SECONDS
  until finished "$step"; do
    pause 0.1
    if ((SECONDS - told >= 4)); then
      told=$SECONDS
      progress "$label: $(so_far $((SECONDS - started)))"
    fi
  done
  wait "$step"
}

# shown LABEL COMMAND...: runs a watched step with its output in a file; says how long it took, or what it wrote.
shown() {
  local label=$1 log out started=$SECONDS status=0
  shift
  log=$(mktemp)
  exec {out}<>"$log"
  rm "$log" # its descriptor keeps it as long as it is needed, however we end
  begin "$@" >&"$out" 2>&1
  watched "$label" "$STEP" || status=$?
  if ((status)); then
    say "  ✗ $label failed (exit code $status):"
    grep -vE -e ' -> |^ *$' "/dev/fd/$out" | awk '!told[$0]++ {print "    " $0}' | tail -n 40 >&2
  else
    say "  ✓ $label ($((SECONDS - started)) s)"
  fi
  exec {out}>&-
  return "$status"
}

# Of a download, how much; of a build, how long and at which project.
so_far() {
  local got
  if [[ ${PROGRESS_TOTAL:-} ]]; then
    got=$(du -sb "$PROGRESS_DIR" 2>/dev/null | cut -f1)
    printf '%s of %s MB' "$(megabytes $((got < PROGRESS_TOTAL ? got : PROGRESS_TOTAL)))" "$(megabytes "$PROGRESS_TOTAL")"
  else
    printf '%d s%s' "$1" "$([[ -z ${out:-} ]] || tail -n 1 "/dev/fd/$out" | sed -nE 's/^ *([^ ]+) -> .*/, \1/p')"
  fi
}

# Ends every step that still runs, with all its descendants: asks, waits for GRACE seconds, then insists.
GRACE=10
end_steps() {
  local step steps until=$((SECONDS + GRACE))
  trap '' INT TERM HUP PIPE
  ENDING=''
  steps=$(jobs -p)
  for step in $steps; do kill -TERM -- "-$step" 2>/dev/null || true; done
  for step in $steps; do
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
    say "  Another process is getting this ($(basename "$file" .lock)); waiting for it"
    until flock -w 4 "$fd"; do progress "still waiting for it"; done
  fi
  "$@"
  exec {fd}>&-
}
