# shellcheck shell=bash
# The sets of programs: what each is made of, when the machine's own are good enough, and what each needs around it.

declare -A PACKAGES=(
  [db]="postgresql-17-pgvector redis-server"
  [pdf]="poppler-utils poppler-data fontconfig-config fonts-liberation tesseract-ocr tesseract-ocr-eng"
  [browser]="chromium fontconfig-config fonts-liberation"
)
declare -A TITLES=([db]="Postgres 17, pgvector, Redis 8" [pdf]="Poppler, Tesseract (read PDF, scans too)" [browser]="Chromium (tests)")

# Root's servers drop to another user, who must get at the programs: a cache in a closed home (/root) won't do for them.
TOOLS=$CACHE/tools
if (($(id -u) == 0)) && ! setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'cd "$1"' - "$(existing "$CACHE")" 2>/dev/null; then
  TOOLS=/var/cache/aisaas/tools
fi

set_is_known() { [[ ${PACKAGES[$1]:-} ]]; }
set_folder() { echo "$TOOLS/$1-$(cksum <<<"$SUITE $LAYOUT ${PACKAGES[$1]}" | cut -d' ' -f1)"; }
set_is_unpacked() { local dir; dir=$(set_folder "$1"); [[ -f $dir/.complete && $(<"$dir/.complete") == "$dir" ]]; }
set_is_whole() { set_is_unpacked "$1" && [[ $1 != pdf || -x $(set_folder pdf)/bin/pdftohtml ]]; }

install_set() {
  local dir
  set_is_whole "$1" && return 0 # another process was quicker
  dir=$(set_folder "$1")
  # Unpacked before one of its programs was asked for: only that one's wrapper is missing.
  if set_is_unpacked "$1"; then
    "finish_$1" "$dir"
    return
  fi
  # shellcheck disable=SC2086 # a list of packages
  apt_root "$dir" "${TITLES[$1]}" ${PACKAGES[$1]}
  mkdir -p "$dir/bin"
  "finish_$1" "$dir"
  printf '%s' "$dir" >"$dir/.complete.new"
  mv "$dir/.complete.new" "$dir/.complete"
}

finish_db() {
  local program
  for program in "$1"/usr/lib/postgresql/*/bin/{postgres,initdb,psql,pg_ctl} "$1"/usr/bin/redis-{server,cli}; do
    ln -s "$(readlink -f "$program")" "$1/bin/$(basename "$program")"
  done
  "$1/bin/postgres" --version && "$1/bin/redis-server" --version
} >/dev/null

finish_pdf() {
  local program
  own_fonts "$1"
  # Poppler has its data folder (Chinese, Japanese and Korean encodings) compiled in as /usr/share/poppler. The same
  # number of characters names a descriptor instead, which the wrapper opens on the folder beside it.
  LC_ALL=C sed -i 's#/usr/share/poppler#/proc/self/fd/9///#g' "$1"/usr/lib/*/libpoppler.so.*.*
  for program in pdftotext pdfinfo pdftoppm pdftohtml; do
    wrapper "$1" "$program" "usr/bin/$program" '9<"$root/usr/share/poppler"'
  done
  cat >"$1/bin/tesseract" <<SCRIPT
#!/bin/sh
root=$(printf '%q' "$1")
export TESSDATA_PREFIX="\$(echo "\$root"/usr/share/tesseract-ocr/*/tessdata)"
exec "\$root/usr/bin/tesseract" "\$@"
SCRIPT
  chmod +x "$1/bin/tesseract"
  "$1/bin/pdftotext" -v && "$1/bin/tesseract" --list-langs
} >/dev/null 2>&1

finish_browser() {
  own_fonts "$1"
  wrapper "$1" chromium usr/lib/chromium/chromium ''
  "$1/bin/chromium" --version
} >/dev/null 2>&1

# wrapper DIR NAME PROGRAM REDIRECTION
wrapper() {
  cat >"$1/bin/.$2" <<SCRIPT
#!/bin/sh
root=$(printf '%q' "$1")
export FONTCONFIG_FILE="\$root/fonts.conf"
exec "\$root/$3" "\$@" $4
SCRIPT
  chmod +x "$1/bin/.$2"
  # In one step: somebody may be running the one before.
  mv "$1/bin/.$2" "$1/bin/$2"
}

# The machine's fonts and our few, so that a page without its own fonts still renders.
own_fonts() {
  local rule
  {
    printf '%s\n' '<?xml version="1.0"?>' '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">' '<fontconfig>' \
      "<dir>$1/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$TOOLS/fontconfig</cachedir>"
    for rule in 10-yes-antialias 30-metric-aliases 45-latin 45-generic 49-sansserif 60-latin 60-generic 65-nonlatin; do
      printf '<include ignore_missing="yes">%s</include>\n' "$1/usr/share/fontconfig/conf.avail/$rule.conf"
    done
    printf '</fontconfig>\n'
  } >"$1/fonts.conf"
}

# on_this_machine NAME: prints the path of the machine's own program if it will do.
# AISAAS_OWN_TOOLS=1 passes them over, for the same versions everywhere.
on_this_machine() {
  [[ ${AISAAS_OWN_TOOLS:-} != 1 ]] || return 1
  case $1 in
    postgres | initdb | psql | pg_ctl) postgres_here "$1" ;;
    redis-server | redis-cli) [[ $(redis-server --version 2>/dev/null) =~ v=([0-9]+) ]] && ((BASH_REMATCH[1] >= 7)) && command -v "$1" ;;
    # Only together: one folder holds what reads a PDF.
    pdf* | tesseract) command -v tesseract >/dev/null && command -v pdftotext >/dev/null && command -v "$1" ;;
    *) command -v "$1" ;;
  esac
}

# Postgres 16 or newer whose own extension folder holds pgvector 0.8 or newer. Debian keeps it off the PATH.
postgres_here() {
  local bin version major control
  for bin in "$(dirname "$(readlink -f "$(command -v postgres)" 2>/dev/null)")" $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
    version=$("$bin/postgres" --version 2>/dev/null) || continue
    [[ $version =~ ([0-9]+)\. ]] && major=${BASH_REMATCH[1]} && ((major >= 16)) || continue
    for control in "/usr/share/postgresql/$major" "$bin/../share" "$bin/../share/postgresql"; do
      if [[ -x $bin/$1 && $(cat "$control/extension/vector.control" 2>/dev/null) =~ default_version\ =\ \'0\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 8)); then
        echo "$bin/$1"
        return
      fi
    done
  done
  return 1
}
