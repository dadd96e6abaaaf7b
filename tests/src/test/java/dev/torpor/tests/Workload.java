// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;

/** A program in an image of {@code scripts/images.sh}, which can tell how far it is. */
enum Workload {
  /** A shell and its child, each of which counts aloud. */
  COUNTER,

  /** A Python web server that counts its answers. */
  WEB,

  /** A server with threads and memory; it counts in a key. */
  REDIS;

  /** Makes the images of all, and of a pod. */
  static void makeImages(Path directory) {
    String program = Settings.source("scripts/images.sh").toString();
    PodmanStore.Outcome outcome = PodmanStore.run(program, directory.toString());
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  String image() {
    return "localhost/" + fileName() + ":latest";
  }

  /** The image's file name, without its ending. */
  String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A number that it keeps in memory, which is greater after each question; -1 for no answer. */
  int count(ContainerEngine engine, String container) {
    return last(answer(engine, container));
  }

  /** What {@link #count} finds the number in, or why it finds none. */
  String answer(ContainerEngine engine, String container) {
    return switch (this) {
      case COUNTER -> engine.log(container);
      case WEB -> ask(engine, container, "wget -qO- http://127.0.0.1:8000/");
      case REDIS -> ask(engine, container, "echo INCR n | nc -w 1 127.0.0.1 6379");
    };
  }

  private static String ask(ContainerEngine engine, String container, String command) {
    return engine.within(container, "sh", "-c", command + " 2>&1; true");
  }

  /** The number on the last line that has one in its place. */
  int last(String text) {
    String before =
        switch (this) {
          case COUNTER -> "parent ";
          case WEB -> "hit ";
          case REDIS -> ":";
        };
    int last = -1;
    for (String line : text.lines().map(String::trim).toList()) {
      last = line.startsWith(before) ? Integer.parseInt(line.substring(before.length())) : last;
    }
    return last;
  }
}
