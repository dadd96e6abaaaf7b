#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that --file-locks carries every lock of the tree that fdinfo shows, and that without
# the option a dump of a process with a lock is refused.
# What happens: a POSIX lock is kept if the process that holds it opened the file by itself, and lost if it
# inherited the descriptor from its parent. A POSIX lock belongs to a process, and only its own fdinfo
# shows it; CRIU takes what a further descriptor of an open file shows for a repetition of what the first
# one, the parent's, has shown, and drops it. Without --file-locks such a lock is no reason to refuse
# either. The logs do not mention it.
#
# Why it matters: a server that opens its lock file and then goes into the background has such a lock. After
# the restore it still believes in it, and a second server can take it. Of a POSIX lock every descriptor of
# every process counts, not each open file once.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import fcntl, os, sys, time

file = open(sys.argv[1], "w+")
if os.fork() == 0:
    if sys.argv[1] == "opened":
        file = open(sys.argv[1], "r+")
    fcntl.lockf(file, fcntl.LOCK_EX)
    open("ready", "w").close()
time.sleep(600)
PYTHON

lock() {
  awk -v inode=":$(stat -c %i "$how")\$" -v pid="$child" '$5 == pid && $6 ~ inode { print $2, $4 }' /proc/locks
}

# What a dump without --file-locks does, which ends nothing.
without_option() {
  mkdir without
  "$criu" dump -t "$pid" -D without -o dump.log --leave-running 2>/dev/null && echo done || echo refused
  rm -r without
}

# Starts it, dumps and restores it; sets before, after, shown and refusal.
run() {
  how=$1
  rm -rf ready images
  start "$python" target.py "$how"
  wait_for test -e ready
  child=$(tr -d " " <"/proc/$pid/task/$pid/children")
  started+=("$child")
  before=$(lock)
  shown=$(cat "/proc/$child"/fdinfo/* | grep -c '^lock:' || true)
  refusal=$(without_option)
  dump --file-locks
  # Its pid is free when it has been reaped.
  wait_for test ! -e "/proc/$child"
  restore --file-locks
  after=$(lock)
}

run opened
expect "file opened by the child, lock before" "$before" "POSIX WRITE"
expect "file opened by the child, locks in its fdinfo" "$shown" 1
expect "file opened by the child, dump without --file-locks" "$refusal" refused
expect "file opened by the child, lock restored" "$after" "POSIX WRITE"
run inherited
expect "file inherited, lock before" "$before" "POSIX WRITE"
expect "file inherited, locks in the child's fdinfo" "$shown" 1
expect "file inherited, dump without --file-locks" "$refusal" "done"
expect "file inherited, lock restored" "$after" ""
expect "warnings and mentions of a lock in both logs" "$(cat images/*.log | grep -ciE 'warn|posix|file.lock' || true)" 0
