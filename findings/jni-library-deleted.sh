#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# JNA 5.17.0, zstd-jni 1.5.7-3, sqlite-jdbc 3.50.3.0, lz4-java 1.8.0 (Maven), any JDK from 17 on.
#
# One would expect that the code that a process runs lies in files: executables and libraries.
# What happens: libraries for Java that bring native code in their jar unpack it into a temporary file, and
# some delete that at once. JNA and zstd-jni do so: maps shows executable code of a file that is
# "(deleted)", with a random name. sqlite-jdbc and lz4-java leave the file until the JVM ends, if it ends
# in order. The first kind is to be found in no directory while it is in use, the second is left behind
# for ever when the process is killed, as at the end of a dump.
#
# Why it matters: deleted mapped files look like a rarity and are the normal case for a JVM. Content has to be
# carried for the first kind; for the second a path is not enough on another machine. Which of the
# two it is depends on the library, not on the program.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
command -v java >/dev/null && command -v javac >/dev/null || cannot "it needs a JDK"
maven net.java.dev.jna:jna:5.17.0 com.github.luben:zstd-jni:1.5.7-3 \
  org.xerial:sqlite-jdbc:3.50.3.0 org.slf4j:slf4j-api:2.0.17 org.lz4:lz4-java:1.8.0
mkdir temporary

cat >Native.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;

public class Native {
  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "jna" -> com.sun.jna.Native.getNativeSize(int.class);
      case "zstd-jni" -> com.github.luben.zstd.Zstd.compress(new byte[100]);
      case "sqlite-jdbc" -> java.sql.DriverManager.getConnection("jdbc:sqlite::memory:").close();
      case "lz4-java" -> net.jpountz.lz4.LZ4Factory.nativeInstance();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      if (line.contains("r-xp") && line.contains(System.getProperty("java.io.tmpdir"))) {
        System.out.println(line.endsWith(" (deleted)") ? "deleted" : "there");
      }
    }
  }
}
JAVA
javac -cp "jars/*" Native.java

file_of() {
  java -XX:-UsePerfData -Djna.tmpdir="$work/temporary" -Djava.io.tmpdir="$work/temporary" \
    -cp ".:jars/*" Native "$1" 2>>output
}

expect "file of the code that JNA runs" "$(file_of jna)" deleted
expect "file of the code that zstd-jni runs" "$(file_of zstd-jni)" deleted
expect "file of the code that sqlite-jdbc runs" "$(file_of sqlite-jdbc)" there
expect "file of the code that lz4-java runs" "$(file_of lz4-java)" there
