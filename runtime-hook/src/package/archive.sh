#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes lib/torpor.jsa: runs real commands, notes which classes they load, archives those. Only what
# users wait for with a stopped application: a larger archive is longer to open. Lambdas are made
# classes before, which an archive serves better.
#   archive.sh HOME_OF_THE_DISTRIBUTION JAVA_OF_A_JDK
set -euo pipefail
home=$1 lib=$1/lib java=$2
# An engine would have the files as they are before.
export TORPOR_ENGINE=off
work=$(mktemp -d)
victim=
cleanup() {
  if [ -n "$victim" ]; then
    kill -KILL -- "-$victim" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

rm -f "$lib/torpor.jsa"
version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p')
if [ "$version" -lt 24 ]; then
  asm=java.base/jdk.internal.org.objectweb.asm
  "$java" --add-exports $asm=ALL-UNNAMED --add-exports $asm.tree=ALL-UNNAMED \
    --add-exports $asm.commons=ALL-UNNAMED "$(dirname "$0")/Unlambda.java" "$lib"/torpor-*.jar
else
  echo "$0: Java $version has no copy of ASM: each lambda of an operation costs 0.1 ms" >&2
fi
count=0
# The launcher obeys no variable: the same files again, with a JVM that notes what it loads.
training=$work/training
mkdir -p "$training/bin" "$training/lib/jvm/bin"
cp "$home/bin/torpor" "$training/bin/torpor"
ln -s "$lib"/*.jar "$lib/libjnidispatch.so" "$training/lib/"
train() {
  count=$((count + 1))
  printf '#!/bin/sh\nexec "%s" -XX:DumpLoadedClassList="%s" "$@"\n' \
    "$lib/jvm/bin/java" "$work/$count.classes" >"$training/lib/jvm/bin/java"
  chmod +x "$training/lib/jvm/bin/java"
  "$training/bin/torpor" "$@" >"$work/$count.out" 2>&1 </dev/null
}

# Commands that fail still name the classes that they came to.
train --help
train dump || true
train check || true
mkdir "$work/images"
# Threads, since much of what a dump does with many of them it does otherwise than with one. A lock or a
# pipe that the build has open, which a dump may refuse, is not for the victim.
: >"$work/victim.out"
(
  for fd in /proc/"$BASHPID"/fd/*; do
    if [ "${fd##*/}" -gt 2 ]; then
      eval "exec ${fd##*/}>&-"
    fi
  done
  exec setsid "$java" -Xmx32m -XX:+UseSerialGC -XX:-UsePerfData "$(dirname "$0")/Victim.java"
) </dev/null >"$work/victim.out" 2>&1 &
victim=$!
disown "$victim"
until grep -q ready "$work/victim.out"; do
  kill -0 "$victim" || { cat "$work/victim.out" >&2; exit 1; }
  sleep 0.1
done
pids=("$victim" $(cat /proc/"$victim"/task/*/children))
# A pid is free only once its status was waited for.
gone() {
  for pid in "${pids[@]}"; do
    while [ -e "/proc/$pid" ]; do
      sleep 0.1
    done
  done
}
# Both ends of them are dumped: nobody needs a lock.
connections=(--tcp-established --network-lock skip)
if ! {
  train dump -t "$victim" -D "$work/images" -v4 -o dump.log "${connections[@]}" --leave-running &&
    train dump -t "$victim" -D "$work/images" -v4 -o dump.log "${connections[@]}" && gone &&
    train restore -d -D "$work/images" -v4 -o restore.log "${connections[@]}" --pidfile "$work/pid"
}; then
  echo "$0: dump and restore will take twice as long: they are not all in the archive, since" >&2
  tail -n 1 "$work/$count.out" >&2
fi
"$home/bin/torpor" --version >/dev/null

# Newer JDKs number the classes of a list; those of several lists would collide.
sed 's/ id: [0-9]*$//' "$work"/*.classes | awk '!seen[$0]++' >"$work/classes"
# G1, and the jars in the order of their names, as the launcher has it.
jars=$(LC_ALL=C && printf '%s:' "$lib"/*.jar)
"$lib/jvm/bin/java" -Xshare:dump -XX:+UseG1GC -Xmx256m \
  -XX:SharedClassListFile="$work/classes" -XX:SharedArchiveFile="$lib/torpor.jsa" \
  -Xbootclasspath/a:"${jars%:}" >"$work/dump.out" 2>&1 || {
  cat "$work/dump.out" >&2
  exit 1
}
