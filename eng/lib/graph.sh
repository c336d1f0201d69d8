# shellcheck shell=bash
# The graph's life: claimed, started, awaited, seeded, announced, watched, ended.

LOCK=$STATE/run.lock
LOG=$STATE/graph.log
UP=$STATE/up # there while the product is announced as ready

# One graph per state folder. The lock is the kernel's, so a crash can't leave it behind.
claim() {
  mkdir -p "$STATE"
  chmod 700 "$STATE"
  exec {CLAIM}<>"$LOCK"
  if ! flock -n "$CLAIM"; then
    say "AiSaas is already running from $STATE (process $(<"$LOCK")): $WEB_URL"
    say "Nothing was changed. ./run --status tells more, ./run --stop stops it."
    exit 3
  fi
  printf '%s\n' "$$" >"$LOCK"
  rm -f "$UP"
}

free_ports() {
  local variable what taken=0
  while read -r variable _ what; do
    if listening "${!variable}"; then
      say "Port ${!variable} ($what) is taken. Free it, or choose another: $variable=$((${!variable} + 1000)) ./run"
      taken=1
    fi
  done <<<"$PORTS"
  ((!taken)) || exit 1
}

start_graph() {
  graph_environment
  rm -f "$AISAAS_READY_FILE"
  [[ ! -f $LOG ]] || mv "$LOG" "$LOG.1"
  say "Starting:"
  begin graph >>"$LOG" 2>&1
  GRAPH=$STEP
  trap 'say "Stopping …"; end_steps; rm -f "$UP" "$AISAAS_READY_FILE"; say "Stopped."' EXIT
  if [[ $LOGS ]]; then begin tail -n +1 -F "$LOG" 2>/dev/null; fi
}

# Our end, even by kill -9, is the graph's end.
graph() {
  cd "$APPHOST"
  if stand_ins; then
    exec setpriv --pdeathsig TERM dotnet "$APPHOST/bin/Release/net10.0/AiSaas.AppHost.dll"
  fi
  exec setpriv --pdeathsig TERM dotnet run --no-build -c Release --no-launch-profile
}

await_healthy() {
  local started=$SECONDS told=$SECONDS
  until [[ -s $AISAAS_READY_FILE ]]; do
    if finished "$GRAPH"; then graph_failed "The graph ended before it was healthy."; fi
    if ((SECONDS - started > 180)); then graph_failed "Not healthy after three minutes."; fi
    if ((SECONDS - told >= 4)); then
      told=$SECONDS
      progress "starting, $((SECONDS - started)) s: $(tail -n 1 "$LOG" | cut -c1-90)"
    fi
    pause 0.1
  done
  say "  ✓ All healthy ($((SECONDS - started)) s)"
}

# The part that failed, in its own words; without one, the end of it all.
graph_failed() {
  local part
  part=$(sed -n 's/^aisaas: failed: \([^ ]*\).*/\1/p' "$LOG" | head -n 1)
  say "✗ $1 $(grep -m 1 '^aisaas: failed' "$LOG" || true)"
  grep -E "^${part:-.}" "$LOG" | grep -vE '^[^ ]* *(at .*)?$' | tail -n 20 | cut -c1-300 | sed 's/^/    /' >&2
  say "All of it: $LOG"
  exit 1
}

seed_demo() {
  shown "Demo account" node "$REPO/eng/lib/demo.mjs" "$STATE/demo.json" "$WEB_URL" "$API_URL"
}

announce() {
  say ""
  say "AiSaas is up.  $WEB_URL"
  node -e 'const d = JSON.parse(require("fs").readFileSync(process.argv[1])); console.error(`  sign in      ${d.email}  ·  ${d.password}\n  API          ${d.apiUrl}  (key in '"$STATE"'/demo.json)`)' "$STATE/demo.json" || true
  say "  dashboard    $DASHBOARD_URL$([[ -x $CACHE/dashboard-13.5.4/aspire ]] || echo '  (127 MB, arriving in the background)')"
  say "  logs         $LOG"
  say ""
  if [[ ${DETACHED:-} ]]; then say "It runs in the background; ./run --stop stops it."; else say "Ctrl-C stops everything."; fi
  touch "$UP"
}

# Until the graph ends or we are told to. The log is kept under 50 MB.
stay() {
  local status=0
  until finished "$GRAPH"; do
    pause 0.5
    if ((SECONDS % 60 == 0 && $(stat -c %s "$LOG") > 50000000)); then cp "$LOG" "$LOG.1" && : >"$LOG"; fi
  done
  wait "$GRAPH" || status=$?
  graph_failed "The graph ended by itself (exit code $status)."
}
