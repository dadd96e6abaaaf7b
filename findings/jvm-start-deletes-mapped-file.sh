#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OpenJDK 17.0.19 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect that a JVM that was dumped can be restored as long as nobody touches its files.
# What happens: any other JVM that the same user starts in the meantime deletes one of them. Each JVM
# maps /tmp/hsperfdata_USER/PID, its counters for jps and jstat, and at its start removes the files
# there whose number is no live process. A dumped JVM is not alive, so `java -version` is enough, and
# the restore fails with "Can't open file tmp/hsperfdata_root/PID on restore". A dump killed by hand
# and a restore on another machine meet the same.
#
# Why it matters: the file belongs to the dump although it is neither open nor of any use to the
# program, and a checkpointer written in Java deletes it itself when it starts for the restore. It has
# to carry the content of such a mapping, or run with -XX:-UsePerfData (which makes and removes none).
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

there() {
  [ -e "$counters" ] && echo there || echo gone
}

start "$java" -XX:+UseSerialGC -cp . Idle
wait_for test -e ready
counters=/tmp/hsperfdata_$(id -un)/$pid
expect "lines of maps with the file" "$(grep -c " $counters\$" "/proc/$pid/maps")" 1
expect "descriptors of the file" "$(find "/proc/$pid/fd" -lname "$counters" | wc -l)" 0

dump
expect "file after the dump" "$(there)" there
"$java" -XX:-UsePerfData -version 2>version
expect "file after a JVM without counters" "$(there)" there
"$java" -version 2>version
expect "file after an ordinary JVM" "$(there)" gone
if restore 2>error; then restored=yes; else restored=no; fi
expect "restored" "$restored" no
expect "lines of the log that name the file" "$(grep -c "Can't open file ${counters#/} on restore" error)" 1
