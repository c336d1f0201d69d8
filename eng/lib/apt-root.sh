# shellcheck shell=bash
# Programs from the Debian archive in a folder of our own: no root, nothing of the host touched.
#
#   1. A private apt (own state, own cache, empty list of installed packages) reads the archive that this machine is
#      set up for, in the suite below, with this machine's proxies and keys. apt checks every signature, as always.
#   2. What a program only needs to be *installed* (perl, debconf, …) is declared as there, so it isn't downloaded.
#   3. The packages are unpacked into one folder and each program is pointed at the loader and libraries beside it,
#      so the host's C library may be older or newer.

SUITE=trixie
LAYOUT=1 # raise it when the way of unpacking changes: it is part of the cache's name
ABSENT="perl perl-base perl-modules-5.40 libperl5.40 libjson-perl libipc-run-perl libio-pty-perl locales libc-l10n
  libllvm19 libz3-4 debconf ucf ssl-cert openssl openssl-provider-legacy adduser passwd login.defs base-passwd procps
  libproc2-0 tzdata netbase init-system-helpers sysvinit-utils libpam-modules libpam-modules-bin libpam-runtime
  libpam-systemd libsemanage2 sensible-utils readline-common postgresql-common postgresql-common-dev
  postgresql-client-common libc-bin gpg gnupg gnupg-l10n dirmngr dpkg tar systemd libsystemd-shared
  systemd-sysv dbus dbus-daemon dbus-user-session libgtk-3-common adwaita-icon-theme hicolor-icon-theme
  shared-mime-info xdg-desktop-portal-gtk libgl1-mesa-dri"

# apt_root DIR LABEL PACKAGE...: fills DIR; it is whole once DIR/.complete names DIR.
apt_root() {
  local dir=$1 label=$2 apt=$1.apt
  shift 2
  have apt-get && have dpkg-deb || die "$label: not on this machine, and it has no apt to get them with. Either
  install them (postgres >= 16 with pgvector >= 0.8, redis-server >= 7, poppler-utils; on the PATH),
  or start Docker (with the real Aspire packages the graph uses its containers),
  or name your own servers: ConnectionStrings__aisaas and ConnectionStrings__redis. See docs/local.md."
  rm -rf "$dir"
  mkdir -p "$TOOLS/lists/partial" "$apt"/archives/partial "$dir"
  apt_conf "$apt"
  # The lists are kept for the next set; an hour later the archive may have moved on.
  if [[ ! $(find "$TOOLS/lists/.read" -mmin -60 2>/dev/null) || ! -s $TOOLS/sources.sources ]]; then
    shown "$label: reading the package lists" apt_lists "$apt"
    touch "$TOOLS/lists/.read"
  fi
  local wanted
  wanted=$(private_apt "$apt" install --print-uris -qq "$@" patchelf | awk '{print $2, $3}')
  apt_announce "$label" "$wanted"
  PROGRESS_DIR=$apt/archives PROGRESS_TOTAL=$(awk '{sum += $2} END {print sum}' <<<"$wanted") \
    shown "$label: download" private_apt "$apt" install --download-only -y -qq "$@" patchelf
  shown "$label: unpack" unpack "$apt" "$dir"
  rm -rf "$apt"
}

private_apt() { local apt=$1; shift; LC_ALL=C apt-get -c "$apt/conf" "$@"; }

# Largest first by name and size; the small ones together.
apt_announce() {
  say "  $1: $(awk '{n++; sum += $2} END {printf "%d packages, %.1f MB", n, sum / 1e6}' <<<"$2") from the archive of $SUITE"
  sort -k2 -nr <<<"$2" | awk '$2 >= 1e6 {split($1, name, "_"); printf "    %5.1f MB  %s\n", $2 / 1e6, name[1]}
    $2 < 1e6 {n++; sum += $2} END {if (n) printf "    %5.1f MB  %d smaller ones\n", sum / 1e6, n}' >&2
}

apt_conf() {
  local apt=$1 package
  cat >"$apt/conf" <<CONF
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::State::lists "$TOOLS/lists";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Dir::Etc::sourcelist "$TOOLS/sources.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update;
#clear DPkg;
CONF
  for package in $ABSENT; do
    printf 'Package: %s\nStatus: install ok installed\nMulti-Arch: allowed\nArchitecture: %s\nVersion: 99:0\nMaintainer: none\nDescription: declared\n\n' \
      "$package" "$(dpkg --print-architecture)"
  done >"$apt/status"
}

# The site is the machine's own: whatever its apt uses for its main and its security archive.
apt_lists() {
  local apt=$1 main security keys
  main=$(apt_site -v -- '-\(security\|updates\|backports.*\)$')
  security=$(apt_site -e '-security$')
  [[ $main ]] || { say "This machine's apt has no source; is /etc/apt/sources.list.d empty?"; return 1; }
  keys=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' 2>/dev/null | sort | tail -n 1)
  apt_sources "$main" "$security" "$keys" >"$TOOLS/sources.sources"
  private_apt "$apt" update -q && return
  # An older machine may not know the suite's key. Its own archive, whose key it knows, carries the newer keyring.
  say "Trying with the newest keyring of this machine's own archive"
  (cd "$apt" && private_apt "$apt" "${OWN_SOURCES[@]}" update -q && private_apt "$apt" "${OWN_SOURCES[@]}" download debian-archive-keyring &&
    dpkg-deb -x debian-archive-keyring_*.deb "$TOOLS/keyring") || return
  keys=$(find "$TOOLS/keyring/usr/share/keyrings" -name 'debian-archive-keyring.*' | sort | tail -n 1)
  apt_sources "$main" "$security" "$keys" >"$TOOLS/sources.sources"
  private_apt "$apt" update -q
}
OWN_SOURCES=(-o Dir::Etc::sourcelist=/etc/apt/sources.list -o Dir::Etc::sourceparts=/etc/apt/sources.list.d)

apt_site() { apt-get indextargets --format '$(CREATED_BY) $(SITE) $(RELEASE)' | sed -n 's/^Packages //p' | grep "$@" | head -n 1 | cut -d' ' -f1; }

apt_sources() {
  local stanza="Types: deb
Components: main
Targets: Packages
${3:+Signed-By: $3}"
  printf '%s\nURIs: %s\nSuites: %s\n\n' "$stanza" "$1" "$SUITE"
  if [[ $2 ]]; then printf '%s\nURIs: %s\nSuites: %s-security\n' "$stanza" "$2" "$SUITE"; fi
}

unpack() {
  local apt=$1 dir=$2 package
  for package in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$dir" --no-same-owner --exclude='./usr/share/doc' --exclude='./usr/share/man' \
      --exclude='./usr/share/locale' --exclude='*/bitcode' --exclude='./var/*' || return
  done
  # A folder that only its owner may enter (redis' /etc) would stop the user that root drops to.
  chmod -R u+rwX,go+rX "$dir"
  point_at_libraries "$dir"
}

# Every program gets the loader and the libraries of its own folder by absolute path; so does the odd library that
# looks for its own in a folder of the host (libpulse).
point_at_libraries() {
  local dir=$1 loader libraries file own
  loader=$(find "$dir"/usr/lib64 "$dir"/usr/lib -maxdepth 2 -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
  libraries=$(dirname "$(find "$dir/usr/lib" -maxdepth 2 -name 'libc.so.6')")
  cp "$dir/usr/bin/patchelf" "$dir/patchelf"
  patch() { "$loader" --library-path "$libraries" "$dir/patchelf" "$@"; }
  for file in "$dir"/usr/bin/* "$dir"/usr/lib/postgresql/*/bin/* "$dir"/usr/lib/chromium/*; do
    [[ -f $file && -x $file && ! -L $file && $(head -c 4 "$file" | tr -d '\0') == $'\x7fELF' ]] || continue
    patch --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$file" || return
  done
  for file in $(grep -lF '/usr/lib' "$libraries"/libpulse*.so.*); do
    own=$(patch --print-rpath "$file")
    [[ $own != /usr/* || -L $file ]] || patch --force-rpath --set-rpath "$dir$own:$libraries" "$file" || return
  done
}
