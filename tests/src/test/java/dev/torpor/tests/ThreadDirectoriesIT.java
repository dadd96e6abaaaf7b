// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Threads with cwd, root and umask of their own, {@code programs/thread-directories.c}. */
class ThreadDirectoriesIT {
  @Test
  void comeBackTwice() {
    try (Running running = new Running(StatusFileSubject.compiled("thread-directories"))) {
      String state = running.state();
      assertThat(state.lines().filter(line -> line.contains("umask")).distinct()).hasSize(4);
      for (int generation = 1; generation <= 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitReport();
        running.awaitProgress(running.progress(), 10);
        assertThat(running.state()).isEqualTo(state);
      }
    }
  }
}
