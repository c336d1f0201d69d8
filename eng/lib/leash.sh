# shellcheck shell=bash
# A server on a leash: it ends when it is told to, when whoever started us is gone, and when we are killed.

# leash SIGNAL COMMAND...: runs a server in the foreground, behind the words in AS; SIGNAL asks it to shut down cleanly.
AS=()
leash() {
  local ask=$1 parent=$PPID now child status=0
  shift
  if have setpriv; then set -- setpriv --pdeathsig "$ask" "$@"; fi # even our own kill -9 reaches it; a change of user resets it
  "${AS[@]}" "$@" &
  child=$!
  trap 'kill -s "$ask" "$child" 2>/dev/null || true' TERM INT HUP
  while kill -0 "$child" 2>/dev/null; do
    pause 0.4
    read -r _ _ _ now _ <"/proc/$$/stat" 2>/dev/null || now=$parent
    if [[ $now != "$parent" ]]; then
      kill -s "$ask" "$child" 2>/dev/null || true
    fi
  done
  wait "$child" || status=$?
  return "$status"
}

# drop_root FOLDER: sets AS to the words that go before a command, and enters FOLDER. Postgres refuses to run as root,
# so root drops to an unprivileged user, who then owns FOLDER. FOLDER may lie in a closed one such as /root, through
# which that user can't walk; HERE is the folder by a name that works all the same, for it leads through our own place.
drop_root() {
  local user=nobody
  cd "$1"
  AS=() HERE=$1
  (($(id -u) == 0)) || return 0
  have setpriv || die "Running as root needs setpriv (util-linux), to drop to another user"
  ! id -u postgres >/dev/null 2>&1 || user=postgres
  [[ $(stat -c %U .) == "$user" ]] || chown -R "$user" .
  AS=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
  HERE=/proc/self/cwd
}
