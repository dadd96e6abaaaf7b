#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OpenJDK 17.0.19 (Debian 12).
#
# One would expect that a Java program started with its standard input closed reads an error or the
# end of the file from System.in.
# What happens: it reads the class library. The launcher does not look whether 0, 1 and 2 are open; the
# first file that the JVM opens for itself, lib/modules, gets the lowest free number, 0, and
# System.in is whatever has the number 0. It returns the bytes da da fe ca, the magic of a jimage, and
# by reading moves the offset of the JVM's own descriptor. /dev/null instead gives the end of file.
#
# Why it matters: engines and init systems start helpers with closed descriptors, and what is copied,
# inherited or dumped as "standard input" is then a file of the runtime. A checkpointer written in Java
# needs somebody who opens /dev/null there before the JVM starts.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
openjdk17

cat >Input.java <<'JAVA'
public class Input {
  public static void main(String[] arguments) throws Exception {
    byte[] start = System.in.readNBytes(4);
    System.out.print(java.util.HexFormat.of().formatHex(start) + " ");
    System.out.print(java.nio.file.Path.of("/proc/self/fd/0").toRealPath().getFileName());
  }
}
JAVA
compile Input.java

expect "standard input /dev/null" "$("$java" -cp . Input </dev/null)" " null"
expect "standard input closed" "$("$java" -cp . Input <&-)" "dadafeca modules"
