#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# OpenJDK 17.0.19 (Debian 12).
#
# One would expect the JVM to map its archive of classes (classes.jsa, "class data sharing") as a file: its pages
# shared by all JVMs of a machine, as the guides to it say, and cheap to begin with.
# What happens: by default the archive is mapped at another address than it was made for, a random one, on purpose
# (ArchiveRelocationMode is 1). So each pointer in it is changed at start, and four fifths of its pages, most of
# the read-only part too, are copies of this JVM alone. With the diagnostic option -XX:ArchiveRelocationMode=0 it
# stands at 0x800000000; no page of the read-only part is copied then, and half of the other.
#
# Why it matters: 8 MB and 1800 of 4700 page faults for each JVM that starts, and the copies are in each image of a
# checkpoint. Where page faults are dear, as in some virtual machines, that is a good part of the whole start.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
openjdk17

cat >Archive.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;

public class Archive {
  public static void main(String[] arguments) throws Exception {
    boolean inside = false;
    String part = "";
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        inside = line.endsWith("/classes.jsa");
        part = line.split("-")[0];
      } else if (inside && line.startsWith("Size:")) {
        part += " " + line.replaceAll("\\D", "");
      } else if (inside && line.startsWith("Anonymous:")) {
        System.out.println(part + " " + line.replaceAll("\\D", ""));
      }
    }
  }
}
JAVA
compile Archive.java

# parts [OPTION...]: of the archive in a running JVM: address, KiB, KiB that are copies; the large ones.
parts() {
  "$java" -Xshare:auto -XX:+UnlockDiagnosticVMOptions "$@" -cp . Archive | awk '$2 > 2000'
}

# percent: of them that is a copy.
percent() {
  awk '{ all += $2; copied += $3 } END { print int(100 * copied / all) }'
}

expect "ArchiveRelocationMode by default" \
  "$("$java" -XX:+UnlockDiagnosticVMOptions -XX:+PrintFlagsFinal -version 2>/dev/null |
    awk '$2 == "ArchiveRelocationMode" { print $4 }')" 1
parts | tee moved
moved=$(percent <moved)
expect "more than 60 % copied, by default ($moved %)" "$((moved > 60))" 1
parts -XX:ArchiveRelocationMode=0 | tee placed
placed=$(percent <placed)
expect "address, with mode 0" "$(head -n 1 placed | cut -d' ' -f1)" 800000000
expect "less than 40 % copied, with mode 0 ($placed %)" "$((placed < 40))" 1
