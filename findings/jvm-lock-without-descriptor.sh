#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OpenJDK 17.0.19 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect that a file lock belongs to a descriptor: flock(2) speaks of nothing else, and
# /proc/PID/fdinfo shows a lock with the descriptor that holds it.
# What happens: every JVM of this version holds a lock for which no process has a descriptor. It takes
# flock on /tmp/hsperfdata_USER/PID, maps the file and closes the descriptor. A mapping keeps the
# open file alive, and with it the lock. /proc/locks lists it, no fdinfo does. So CRIU, which refuses
# a dump with locks unless --file-locks is given, sees none; the JVM is restored without its lock,
# and nothing is said.
#
# Why it matters: looking through descriptors is not enough to find the locks of a tree. This one tells
# a JVM in another pid namespace with the same /tmp, which cannot see the process, that the file is in
# use. It left the file alone before the dump and deletes it under the restored JVM.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
openjdk17
reference

cat >Idle.java <<'JAVA'
public class Idle {
  public static void main(String[] arguments) throws Exception {
    new java.io.File("ready").createNewFile();
    Thread.sleep(600_000);
  }
}
JAVA
compile Idle.java

start "$java" -XX:+UseSerialGC -cp . Idle
wait_for test -e ready
counters=/tmp/hsperfdata_$(id -un)/$pid
inode=$(stat -c %i "$counters")

locks() {
  awk -v pid="$pid" -v inode=":$inode\$" '$5 == pid && $6 ~ inode { print $2, $4 }' /proc/locks
}

expect "lock on the file" "$(locks)" "FLOCK WRITE"
expect "descriptors of the file" "$(find "/proc/$pid/fd" -lname "$counters" | wc -l)" 0
expect "locks in fdinfo" "$(cat "/proc/$pid"/fdinfo/* | grep -c '^lock:' || true)" 0
# Starts a JVM in a pid namespace of its own and tells whether it has left the file alone.
after_neighbour() {
  unshare --pid --fork --mount-proc "$java" -version 2>version
  [ -e "$counters" ] && echo there || echo gone
}

expect "file after a JVM of another pid namespace" "$(after_neighbour)" there
dump
restore
expect "lines of maps with the file, restored" "$(grep -c " $counters\$" "/proc/$pid/maps")" 1
expect "lock on the file, restored" "$(locks)" ""
expect "mentions of a lock in both logs" "$(cat images/*.log | grep -ciE 'flock|file lock' || true)" 0
expect "file after a JVM of another pid namespace, restored" "$(after_neighbour)" gone
