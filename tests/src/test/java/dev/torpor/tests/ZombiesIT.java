// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Children that have ended and were not waited for, {@code programs/zombies.c}. */
class ZombiesIT {
  /** A parent would be told of the core file; the limit is the caller's, who starts the tree. */
  @Test
  void oneThatCrashedDumpsNoCoreAgain() {
    try (Running running = new Running(StatusFileSubject.compiled("zombies"))) {
      String state = running.state();
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      List<String> restore =
          List.of("restore", "-d", "-D", running.images.toString(), "-v4", "-o", "restore.log");
      Engine.TORPOR
          .runAfter(
              List.of("ulimit -c unlimited"),
              running.keeper,
              running.images,
              "restore.log",
              restore)
          .assertSucceeded();
      running.awaitReport();
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
    }
  }
}
