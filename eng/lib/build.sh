# shellcheck shell=bash
# From sources to something that runs: SDKs, packages, build.

APPHOST=$REPO/AiSaas.AppHost

need_sdks() {
  local sdk node
  have dotnet || die "The .NET SDK 10 is missing: install it (https://dot.net) so that \`dotnet\` is on the PATH."
  sdk=$(dotnet --version 2>/dev/null) || die "No .NET SDK 10 here; this machine has: $(dotnet --list-sdks | tr '\n' ' ')"
  ((${sdk%%.*} >= 10)) || die "The .NET SDK here is $sdk; 10.0 is needed."
  have node && have npm || die "Node 20 (with npm) is missing: install it so that \`node\` and \`npm\` are on the PATH."
  node=$(node --version)
  node=${node#v}
  ((${node%%.*} >= 20)) || die "Node here is $node; 20 or newer is needed."
}

# Tries the real Aspire packages once per set of package sources; where they can't be had the stand-ins do their job
# (eng/standins/README.md). The answer is kept in .local/feed, for asking takes seconds.
choose_packages() {
  local version feed kept=$REPO/.local/feed
  version=$(sed -n 's#.*<AspireVersion>\(.*\)</AspireVersion>.*#\1#p' "$REPO/Directory.Build.props")
  # A new home has no NuGet.Config yet.
  feed=$({ cat "$HOME/.nuget/NuGet/NuGet.Config" "$REPO/Directory.Packages.props" 2>/dev/null || true; } | sha256sum)
  [[ $(cat "$kept" 2>/dev/null) != "$feed" ]] || export StandIns=true
  if [[ ${StandIns:-} || -d ${NUGET_PACKAGES:-$HOME/.nuget/packages}/aspire.hosting/$version ]]; then return; fi
  begin dotnet restore "$REPO/eng/feed/probe.csproj" --nologo -v q >/dev/null 2>&1
  if watched "Asking the package source for Aspire $version" "$STEP"; then return; fi
  say "  ✓ This package source lacks Aspire $version; our stand-ins do the same job (eng/standins/README.md)"
  export StandIns=true
  mkdir -p "$(dirname "$kept")"
  printf '%s\n' "$feed" >"$kept"
}
stand_ins() { [[ ${StandIns:-} == true ]]; }

# What an engine runs, the graph doesn't need as programs. The stand-ins know no containers.
containers_answer() {
  stand_ins && return 1
  timeout 3 docker version >/dev/null 2>&1 || timeout 3 podman version >/dev/null 2>&1
}

# Everything that comes over the network, side by side; the build waits only for its own, the start for the rest.
gather() {
  local packages=() sets=pdf
  say "Getting what is missing:"
  choose_packages
  containers_answer || sets="db pdf"
  # shellcheck disable=SC2086 # a list
  begin "$REPO/eng/local/install" $sets && PROGRAMS+=("$STEP")
  begin model_there && PROGRAMS+=("$STEP")
  if unchanged; then return; fi
  begin front_end_packages && packages+=("$STEP")
  begin shown "NuGet packages (55 MB where none is cached)" dotnet restore "$APPHOST" --nologo -v q && packages+=("$STEP")
  arrived "${packages[@]}"
}
PROGRAMS=()

# arrived STEP...: awaits downloads.
arrived() {
  local step failed=0
  for step in "$@"; do await "$step" || failed=1; done
  ((!failed)) || die "Something could not be had; see above. Try again: what is there already stays."
}

model_there() { "$REPO/eng/local/model" >/dev/null; }

# The project would do it itself, but then nothing else could come meanwhile.
front_end_packages() {
  local web=$REPO/AiSaas.Web
  [[ -f $web/package-lock.json && $web/package-lock.json -nt $web/node_modules/.package-lock.json ]] || return 0
  shown "Front-end packages (50 MB where none is cached)" npm ci --prefix "$web" --no-progress
  touch "$web/node_modules/.package-lock.json"
}

STAMP=$APPHOST/obj/run.stamp
inputs() {
  cd "$REPO"
  { dotnet --version; stand_ins && echo stand-ins; find AiSaas.* eng/standins Directory.* global.json .editorconfig BannedSymbols.txt \
    \( -name bin -o -name obj -o -name node_modules -o -name dist -o -path AiSaas.Tests \) -prune -o -type f -printf '%p %s %T@\n' 2>/dev/null | sort; } | sha256sum
}
unchanged() { [[ ${INPUTS:=$(inputs)} == "$(cat "$STAMP" 2>/dev/null)" && -f $APPHOST/bin/Release/net10.0/AiSaas.AppHost.dll ]]; }

build() {
  if unchanged; then return; fi
  shown "Build" dotnet build "$APPHOST" -c Release --no-restore --nologo -v m -tl:off -clp:NoSummary -nodeReuse:false
  printf '%s\n' "$INPUTS" >"$STAMP"
}
