// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions and process groups whose leaders are gone, {@code programs/gone-leaders.c}. */
class GoneLeadersIT {
  /** A restore by CRIU 4.2.1 of these waits for ever, be the images its own. */
  @ParameterizedTest
  @EnumSource
  void comeBackTwice(Engine dumper) {
    try (Running running = new Running(StatusFileSubject.compiled("gone-leaders"))) {
      String state = running.state();
      for (int generation = 1; generation <= 2; generation++) {
        dumper.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitReport();
        running.awaitProgress(running.progress(), 3);
        assertThat(running.state()).isEqualTo(state);
      }
    }
  }
}
