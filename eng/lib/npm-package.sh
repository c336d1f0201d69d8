# shellcheck shell=bash
# Data and programs that come in npm packages, through npm's own client (it checks the integrity of what it gets).

# npm_package DIR LABEL NAME@VERSION BYTES SHA256: unpacks the package into DIR; no script of it runs.
# Made beside and renamed, so that DIR is whole or absent.
npm_package() {
  local dir=$1 label=$2 package=$3 bytes=$4 sha256=$5 part=$1.part archive
  have npm || die "$label: needs npm (Node 20 or newer)"
  rm -rf "$part" "$dir"
  mkdir -p "$part/cache"
  say "  $label: $(megabytes "$bytes") MB, npm package $package"
  PROGRESS_DIR=$part PROGRESS_TOTAL=$bytes shown "$label: download" npm_pack "$part" "$package"
  archive=$(ls "$part"/*.tgz)
  [[ $(sha256sum <"$archive") == "$sha256"* ]] || die "$label: $package is not the one we know (SHA-256 differs)"
  mkdir "$part/whole"
  shown "$label: unpack" tar -xzf "$archive" -C "$part/whole" --strip-components=1 --no-same-owner --mode=u+rw,go+r
  mv "$part/whole" "$dir"
  rm -rf "$part"
}

# A cache of its own, so that what is under way can be counted.
npm_pack() { npm pack "$2" --pack-destination "$1" --cache "$1/cache" --ignore-scripts --loglevel=error; }
