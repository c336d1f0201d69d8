# shellcheck shell=bash
# What one ./run does about another: in the background, status, stop, reset.

running() { [[ -f $LOCK ]] && ! flock -n "$LOCK" true; }

# The same ./run in a session of its own, its output in a file that is shown until it is ready.
detach() {
  local child
  if running; then
    if [[ -f $UP ]]; then say "AiSaas is already running: $WEB_URL" && exit 0; fi
    claim # says who runs, and ends
  fi
  mkdir -p "$STATE"
  rm -f "$UP"
  : >"$STATE/run.log"
  DETACHED=1 setsid "$REPO/run" >>"$STATE/run.log" 2>&1 </dev/null &
  child=$!
  GRACE=30
  begin tail -n +1 -f "$STATE/run.log"
  until [[ -f $UP ]]; do
    if finished "$child"; then
      pause 0.3
      wait "$child"
      exit
    fi
    pause 0.1
  done
  pause 0.3
  disown "$child" # from here on it stays when we go
}

stop() {
  local until=$((SECONDS + 40)) told=$SECONDS
  if ! running; then say "AiSaas isn't running from $STATE." && return; fi
  kill -TERM "$(<"$LOCK")"
  while running; do
    if ((SECONDS > until)); then die "It doesn't stop; see $LOG. Its process is $(<"$LOCK")."; fi
    if ((SECONDS - told >= 4)); then told=$SECONDS && progress "stopping"; fi
    pause 0.1
  done
  say "Stopped."
}

status() {
  local variable what
  if ! running; then say "AiSaas isn't running from $STATE." && exit 3; fi
  say "AiSaas runs from $STATE (process $(<"$LOCK"))."
  while read -r variable _ what; do
    say "  $(listening "${!variable}" && echo "up  " || echo "down")  $what, port ${!variable}"
  done <<<"$PORTS"
  if ! [[ -f $UP ]]; then say "Not ready yet." && exit 1; fi
  node -e 'fetch(process.argv[1] + "/health", { signal: AbortSignal.timeout(5000) }).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$API_URL" ||
    { say "The api isn't healthy; see $LOG" && exit 1; }
  say "Healthy. $WEB_URL"
}

reset() {
  local answer engine
  if [[ ! $YES ]]; then
    [[ -t 0 ]] || die "./run --reset deletes all local data; without a terminal to ask, it wants --yes."
    read -rp "Stop AiSaas and delete all its local data in $STATE (database, documents, demo account)? [y/N] " answer
    [[ $answer == [yY]* ]] || die "Nothing was changed."
  fi
  if running; then stop; fi
  [[ $STATE == "$REPO/.local" || -f $LOCK ]] || die "$STATE has never been AiSaas' state; nothing was deleted."
  rm -rf "$STATE"
  # Where containers ran the stores, their data is in these volumes.
  for engine in docker podman; do
    if timeout 3 "$engine" version >/dev/null 2>&1; then "$engine" volume rm -f aisaas-postgres aisaas-redis >/dev/null; fi
  done
  say "Forgotten. The next ./run starts afresh."
}
