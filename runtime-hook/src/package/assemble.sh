#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lays out what is installed, target/torpor, and makes its class-data archive. Called by Maven:
#   assemble.sh TARGET JAR_NAME NATIVE_TARGET JAVA_HOME
set -euo pipefail
target=$1 jar=$2 native=$3 java_home=$(readlink -f "$4")
home=$target/torpor lib=$target/torpor/lib
export PATH=${PATH:-/usr/bin:/bin}

# The archive holds the time stamps of the jars: nothing is touched when nothing changed.
inputs=$(cat "$(dirname "$0")"/*.* "$target/$jar.jar" "$target"/jars/*.jar "$native/torpor-launcher" \
  2>/dev/null | sha256sum | cut -d' ' -f1)
stamp="$inputs $java_home $home"
if [ -e "$lib/.stamp" ] && [ "$(cat "$lib/.stamp")" = "$stamp" ]; then
  exit 0
fi

rm -rf "$home"
mkdir -p "$home/bin" "$lib"
cp -p "$target"/jars/*.jar "$lib/"
cp -p "$target/$jar.jar" "$lib/torpor-runtime-hook.jar"
cp -p "$native/jna/libjnidispatch.so" "$lib/"
# A runtime of its own starts sooner than a whole JDK, and no update of that invalidates the archive.
# From Java 24 on there may be no jmods: jlink then takes the modules of the JDK that runs.
if [ -d "$java_home/jmods" ] || "$java_home/bin/jlink" --help | grep -q 'run-time image enabled'; then
  "$java_home/bin/jlink" --add-modules java.base,java.logging,java.sql,jdk.unsupported \
    --no-header-files --no-man-pages --output "$lib/jvm"
else
  ln -s "$java_home" "$lib/jvm"
fi
ln -s torpor "$home/bin/criu"
ln -s torpor "$home/bin/crit"
ln -s torpor "$home/bin/torpor-runtime"
install -m 0755 "$native/torpor-launcher" "$home/bin/torpor"

"$(dirname "$0")/archive.sh" "$home" "$java_home/bin/java"
echo "$stamp" >"$lib/.stamp"
