// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.util.Locale;

/** A program in an image of {@code scripts/images.sh}, which can tell how far it is. */
enum Workload {
  /** A shell and its child, each of which counts aloud. */
  COUNTER,

  /** A Python web server that counts its answers. */
  WEB,

  /** A server with threads and memory; it counts in a key. */
  REDIS;

  String image() {
    return "localhost/" + fileName() + ":latest";
  }

  /** The image's file name, without its ending. */
  String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A number that it keeps in memory, which is greater after each question; -1 for no answer. */
  int count(ContainerEngine engine, String container) {
    return switch (this) {
      case COUNTER -> last(engine.log(container), "parent ");
      case WEB -> last(ask(engine, container, "wget -qO- http://127.0.0.1:8000/"), "hit ");
      case REDIS -> last(ask(engine, container, "echo INCR n | nc -w 1 127.0.0.1 6379"), ":");
    };
  }

  private static String ask(ContainerEngine engine, String container, String command) {
    return engine.within(container, "sh", "-c", command + "; true");
  }

  private static int last(String text, String before) {
    int last = -1;
    for (String line : text.lines().map(String::trim).toList()) {
      last = line.startsWith(before) ? Integer.parseInt(line.substring(before.length())) : last;
    }
    return last;
  }
}
