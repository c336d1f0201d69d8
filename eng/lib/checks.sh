# shellcheck shell=bash
# The gates that ./test walks through.

TESTS=$REPO/AiSaas.Tests

# Tests see neither this machine's keys and settings nor the state of a product that runs here.
alone_in_the_world() {
  unset OPENAI_API_KEY ANTHROPIC_API_KEY AZURE_OPENAI_ENDPOINT AZURE_OPENAI_API_KEY AISAAS_SETTINGS
  local variable
  while read -r variable _; do unset "$variable"; done <<<"$PORTS"
  AISAAS_STATE=$(mktemp -d)
  trap 'end_steps; rm -rf "$AISAAS_STATE"' EXIT
}

# gather_for_tests [SET...]: everything over the network side by side, and where it is, in the environment.
gather_for_tests() {
  local sets=("$@") jobs=()
  ((${#sets[@]})) || sets=(db pdf browser)
  say "Getting what is missing:"
  choose_packages
  begin "$REPO/eng/local/install" "${sets[@]}" && jobs+=("$STEP")
  begin model_there && jobs+=("$STEP")
  begin front_end_packages && jobs+=("$STEP")
  begin client_packages && jobs+=("$STEP")
  begin shown "NuGet packages (310 MB where none is cached)" dotnet restore "$REPO/AiSaas.sln" --nologo -v q && jobs+=("$STEP")
  arrived "${jobs[@]}"
  AISAAS_MODEL_DIR=$("$REPO/eng/local/model")
  AISAAS_TOOLS_BIN=$(dirname "$("$REPO/eng/local/tool" pdftotext)")
  [[ " ${sets[*]} " != *" browser "* ]] || AISAAS_CHROMIUM=$("$REPO/eng/local/tool" chromium)
  export AISAAS_MODEL_DIR AISAAS_TOOLS_BIN AISAAS_CHROMIUM
}

# The official clients for Node that the gateway is tried with.
client_packages() {
  local clients=$TESTS/Gateway/Clients/node
  [[ $clients/package-lock.json -nt $clients/node_modules/.package-lock.json ]] || return 0
  shown "Clients for Node (90 MB where none is cached)" npm ci --prefix "$clients" --no-progress --ignore-scripts
  touch "$clients/node_modules/.package-lock.json"
}

# White space by the formatter; style rules (.editorconfig) are errors of the build, which knows more than the formatter
# and is six times as fast.
check_format() {
  local format=(dotnet format whitespace "$REPO" --folder --exclude "$REPO/AiSaas.Web/node_modules/" "$TESTS/Gateway/Clients/node/node_modules/")
  shown "Format" "${format[@]}" --verify-no-changes || die "    This repairs it: dotnet format whitespace . --folder"
}

check_front_end() {
  [[ ! -f $REPO/AiSaas.Web/package.json ]] || shown "Front-end type check" npm run --silent check --prefix "$REPO/AiSaas.Web"
  [[ ! -f $REPO/AiSaas.Web/package.json ]] || shown "Front-end unit tests" npm run --silent test --prefix "$REPO/AiSaas.Web"
}

build_all() { shown "Build, warnings as errors" dotnet build "$REPO/AiSaas.sln" -c Release -p:Gate=true --no-restore --nologo -v m -tl:off -clp:NoSummary -nodeReuse:false; }

# The tests' own executable. Its summary line is read for the counts; no tests at all is a failure too.
run_tests() {
  local filter=() status=0 summary total errors failed skipped
  [[ ! $1 ]] || filter=(-class "*$1*")
  begin timeout -k 15 2400 "$TESTS/bin/Release/net10.0/AiSaas.Tests" -noLogo -noColor "${filter[@]}" > >(tee "$AISAAS_STATE/tests.log") 2>&1
  await "$STEP" || status=$?
  pause 0.3
  summary=$(grep ' Total: [0-9]' "$AISAAS_STATE/tests.log" | tail -n 1)
  [[ $summary ]] || die "The tests ended without a summary (exit code $status)."
  total=$(count Total) errors=$(count Errors) failed=$(($(count Failed) + errors)) skipped=$(count Skipped)
  total=$((total - $(count 'Not Run')))
  sed -n 's/^ *\(AiSaas.*\) \[FAIL\].*/✗ \1/p' "$AISAAS_STATE/tests.log" >&2 # once more at the end, where they are found
  ((total > 0)) || say "No test has '$1' in its class or folder."
  ((errors == 0)) || say "$errors errors outside tests (fixtures, clean-up) count as failed."
  echo "$((total - failed + errors - skipped)) passed, $failed failed, $skipped skipped"
  ((status == 0 && failed == 0 && total > 0))
}
count() { sed -n "s/.*$1: \\([0-9]*\\).*/\\1/p" <<<"$summary" | grep . || echo 0; }
