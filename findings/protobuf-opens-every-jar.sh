#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# protobuf-java 4.33.0 (Maven), strace of Debian 12, any JDK from 17 on.
#
# One would expect that a jar of which a program uses nothing is never opened: class path entries are
# opened one after the other, as far as a search has to go.
# What happens: the first message that is parsed makes a JVM open all of them. protobuf-java asks whether it
# runs on Android by looking for libcore.io.Memory, a class that no JDK has. A class that is nowhere is
# looked for everywhere, so each jar's table of contents is read, by code that is interpreted at that
# time. The cost grows with what else is on the class path, not with what is used.
#
# Why it matters: for a command that is started per operation this is a good part of its start. Jars
# that are appended to the boot class path (-Xbootclasspath/a) are searched by the JVM itself.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
command -v java >/dev/null && command -v javac >/dev/null || cannot "it needs a JDK"
command -v strace >/dev/null || { debian strace=6.1-0.1 && PATH=$work/root/usr/bin:$PATH; }
maven com.google.protobuf:protobuf-java:4.33.0

cat >Parse.java <<'JAVA'
public class Parse {
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("message")) {
      com.google.protobuf.Any.parseFrom(new byte[0]);
    } else {
      System.out.print(com.google.protobuf.Any.class.getName().isEmpty() ? "none" : "");
    }
  }
}
JAVA
javac -cp "jars/*" Parse.java
echo content >unused.txt
for number in 1 2 3; do java -m jdk.jartool/sun.tools.jar.Main -cf "unused-$number.jar" unused.txt; done

# How many of the three jars that hold nothing of use are opened.
opened() {
  strace -qq -f -e trace=openat -o trace java -XX:-UsePerfData \
    -cp ".:jars/protobuf-java-4.33.0.jar:unused-1.jar:unused-2.jar:unused-3.jar" Parse "$1"
  grep -o 'unused-[0-9].jar' trace | sort -u | wc -l
}

expect "unused jars opened when a class of protobuf-java is loaded" "$(opened class)" 0
expect "unused jars opened when a message is parsed" "$(opened message)" 3
expect "look-ups of a class of Android" "$(java -XX:-UsePerfData -Xlog:exceptions=info \
  -cp ".:jars/*" Parse message | grep -o 'ClassNotFoundException.*libcore\.[a-z]*\.Memory' |
  grep -o 'libcore.*' | sort -u)" libcore.io.Memory
