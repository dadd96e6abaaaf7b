// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A program that prints something whenever a file grows. Each look at it lets the file grow. */
record FollowerSubject(String name, List<String> program) implements Subject {
  static FollowerSubject of(String name) {
    return switch (name) {
      case "tail" -> new FollowerSubject(name, List.of("/usr/bin/tail", "-f", "DIR/followed"));
      case "node" ->
          new FollowerSubject(
              name,
              List.of(
                  "/usr/bin/node",
                  "-e",
                  "fs.watch('DIR', (what, file) => file === 'followed' && console.log(what))"));
      default -> throw new IllegalArgumentException(name);
    };
  }

  @Override
  public List<String> command(Path directory) {
    grow(directory);
    return program.stream().map(word -> word.replace("DIR", directory.toString())).toList();
  }

  @Override
  public void prepare(Path directory) {
    Wait.until(name + " has seen something", () -> progress(directory) > 100);
  }

  /** How much it has printed. */
  @Override
  public long progress(Path directory) {
    grow(directory);
    Path output = directory.resolve("output");
    try {
      return Files.exists(output) ? Files.size(output) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void grow(Path directory) {
    try {
      Files.writeString(
          directory.resolve("followed"),
          "more\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String state(Path directory) {
    return "";
  }
}
