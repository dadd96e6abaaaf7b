// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.linux.Ioctl;
import dev.torpor.runtime.inspect.Shown;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Tells somebody at a terminal how far a command is; a pipe or a file gets nothing of it. */
final class Progress {
  private static final int STANDARD_ERROR = 2;

  private final PrintStream err;
  private final boolean isWatched;

  Progress(PrintStream err) {
    this.err = err;
    this.isWatched = Ioctl.isatty(STANDARD_ERROR);
  }

  /** Says what begins. */
  void begins(String phase) {
    if (isWatched) {
      err.println(phase + " ...");
    }
  }

  /** Says what is done, with the bytes that files have, or the files in directories. */
  void done(String phase, Path... files) throws IOException {
    if (isWatched) {
      err.println(phase + ", " + Shown.size(bytes(List.of(files))));
    }
  }

  /** How many bytes files have, those that are not there none. */
  static long bytes(List<Path> files) throws IOException {
    long bytes = 0;
    for (Path file : files) {
      if (Files.exists(file)) {
        try (Stream<Path> all = Files.walk(file)) {
          for (Path each : all.filter(Files::isRegularFile).toList()) {
            bytes += Files.size(each);
          }
        }
      }
    }
    return bytes;
  }
}
