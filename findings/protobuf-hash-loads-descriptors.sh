#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# protobuf-java 3.25.5 and 4.33.0 (Maven), any JDK from 17 on.
#
# One would expect equals() and hashCode() of a message to cost about the same: both look at its fields.
# What happens: equals() needs no further class, hashCode() more than a hundred, once. It begins with the
# hash of the message's descriptor, and that takes the description of the whole .proto file to be
# parsed and linked. Parsing and writing messages need none of it, so a program that does only these never
# pays, until one message becomes a key of a HashMap or a field of a record that does.
#
# Why it matters: the first hashCode() took more than a thousand times as long as equals() (tens of
# milliseconds against some 50 us, class loading for the most part). In a command that lives for a tenth of
# a second, as a checkpoint does, that is a good part, and it may come while the tree is frozen.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
command -v java >/dev/null && command -v javac >/dev/null || cannot "it needs a JDK"

cat >Hash.java <<'JAVA'
import com.google.protobuf.DescriptorProtos.FileOptions;

public class Hash {
  public static void main(String[] arguments) throws Exception {
    var one = FileOptions.parseFrom(FileOptions.newBuilder().setJavaPackage("p").build().toByteArray());
    var other = FileOptions.newBuilder(one).setJavaPackage("q").build();
    int result = one.toByteArray().length;
    System.out.println("begin");
    switch (arguments[0]) {
      case "equals" -> result += one.equals(other) ? 1 : 0;
      case "hashCode" -> result += one.hashCode();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.out.println("end " + result);
  }
}
JAVA

# Classes that the JVM loads from protobuf-java during one call.
loaded() {
  java -XX:-UsePerfData -Xlog:class+load -cp ".:jars/*" Hash "$1" |
    awk '/^end/ { go = 0 } go && / com\.google\.protobuf\./ { count++ } /^begin/ { go = 1 } END { print count + 0 }'
}

for version in 3.25.5 4.33.0; do
  rm -rf jars
  maven "com.google.protobuf:protobuf-java:$version"
  javac -cp "jars/*" Hash.java
  expect "protobuf-java $version: classes for equals" "$(loaded equals)" 0
  classes=$(loaded hashCode)
  echo "protobuf-java $version: classes for hashCode: $classes"
  expect "protobuf-java $version: more than a hundred" "$([ "$classes" -gt 100 ] && echo yes || echo no)" yes
done
