// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A dump starts from any stack, and leaves what lies on it and below as it was: in the process that
 * goes on and in the one that comes back, which the program itself checks.
 */
class StacksIT {
  /** What the program {@code stacks} can be. */
  static final List<String> KINDS =
      List.of(
          "deep",
          "past",
          "limit",
          "walled",
          "moved",
          "small",
          "least",
          "handlers",
          "astray",
          "nowhere");

  static Stream<String> kinds() {
    return KINDS.stream();
  }

  /** Not with fixed mappings: a stack that is used down to its end becomes longer. */
  static Subject subject(String kind) {
    StatusFileSubject compiled = StatusFileSubject.compiled("stacks", kind);
    return new StatusFileSubject("stacks-" + kind, compiled.program(), true, false);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void goesOnAndComesBack(String kind) throws IOException {
    try (Running running = new Running(subject(kind))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, "--leave-running")
          .assertSucceeded();
      running.awaitProgress(running.progress(), 3);
      for (int generation = 0; generation < 2; generation++) {
        Path images = Files.createDirectory(running.images.resolve("generation-" + generation));
        Engine.TORPOR.dump(running.keeper, running.root, images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, images).assertSucceeded();
        running.awaitReport();
        running.awaitProgress(running.progress(), 3);
      }
    }
  }
}
