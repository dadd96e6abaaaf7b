// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** System V IPC beyond what CRIU carries, {@code programs/sysv.c}; FourWayIT has the rest. */
class SysvIT {
  /** Creators, segments that are removed or locked, parts of segments, sets that were used. */
  @Test
  void moreComesBackTwice() {
    try (Running running = new Running(StatusFileSubject.compiled("sysv", "more"))) {
      String state = running.state();
      // Key, owner, creator and permissions of one that is locked, of one that is removed.
      assertThat(state).contains("=999,1234,0,1234,2600,", "=0,0,0,0,1600,");
      List<Long> pids = running.lastingPids();
      ProcessTree before = running.snapshot(pids);
      for (int generation = 0; generation < 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitReport();
        running.awaitProgress(running.progress(), 3);
        assertThat(running.state()).isEqualTo(state);
        running.assertUnchanged(before, running.snapshot(pids));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "huge, SHM_HUGETLB, plain pages",
    "forgotten, kernel.shm_rmid_forced=1, attach or remove it",
    "stranger, another namespace's, detached before the dump"
  })
  void othersAreRefusedAndGoOn(String kind, String message, String remedy) {
    try (Running running = new Running(StatusFileSubject.compiled("sysv", kind))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused(message, remedy);
      running.awaitProgress(running.progress(), 3);
    }
  }
}
