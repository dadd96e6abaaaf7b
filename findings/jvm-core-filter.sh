#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OpenJDK 17.0.19 (Debian 12).
#
# One would expect a program to leave its coredump_filter as it got it: by that file an administrator says,
# for a process and all that it starts, which memory goes into a core dump.
# What happens: every JVM adds file mappings to it at its start, the private (4) and the shared ones (8): 0x33
# becomes 0x3f, and 0, which asks for none at all, becomes 0xc. What the JVM starts inherits that, whatever
# program it is. Two options turn it off, and both are diagnostic ones, which must be unlocked first.
#
# Why it matters: whatever comes from a Java program, a service manager, a build tool or a checkpointer, has
# another filter than the same program from a shell, and writes the files that it has mapped into its core.
# Who starts programs in Java and means to leave no trace must set the filter back before.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
openjdk17

cat >Filter.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;

public class Filter {
  public static void main(String[] arguments) throws Exception {
    System.out.println(Files.readString(Path.of("/proc/self/coredump_filter")).trim());
    new ProcessBuilder("cat", "/proc/self/coredump_filter").inheritIO().start().waitFor();
  }
}
JAVA
compile Filter.java

# filters FILTER [OPTION...]: of a JVM that is started with it, and of what that starts.
filters() (
  echo "$1" >/proc/self/coredump_filter
  shift
  exec "$java" "$@" -cp . Filter | xargs
)

plain() (
  echo "$1" >/proc/self/coredump_filter
  exec cat /proc/self/coredump_filter
)

expect "cat, from 0x33" "$(plain 0x33)" 00000033
expect "JVM and cat, from 0x33" "$(filters 0x33)" "0000003f 0000003f"
expect "JVM and cat, from 0" "$(filters 0)" "0000000c 0000000c"
off=(-XX:+UnlockDiagnosticVMOptions -XX:-DumpPrivateMappingsInCore -XX:-DumpSharedMappingsInCore)
expect "JVM and cat, from 0x33, both options off" "$(filters 0x33 "${off[@]}")" "00000033 00000033"
