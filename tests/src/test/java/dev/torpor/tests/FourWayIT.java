// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every program, dumped by CRIU or Torpor, restored by CRIU or Torpor. CRIU to CRIU is part of it:
 * a program that the reference cannot carry proves nothing.
 */
class FourWayIT {
  static List<Arguments> cells() {
    List<Arguments> cells = new ArrayList<>();
    for (Subject subject : Subjects.all()) {
      for (Engine dumper : Engine.values()) {
        for (Engine restorer : Engine.values()) {
          cells.add(Arguments.of(Named.of(subject.name(), subject), dumper, restorer));
        }
      }
    }
    return cells;
  }

  @ParameterizedTest(name = "{0}: {1} to {2}")
  @MethodSource("cells")
  void comesBack(Subject subject, Engine dumper, Engine restorer) throws IOException {
    try (Running running = new Running(subject)) {
      List<Long> pids = running.lastingPids();
      String state = running.state();
      long earlier = running.progress();
      ProcessTree before = running.snapshot(pids);

      succeed(dumper.dump(running.keeper, running.root, running.images));
      assertThat(pids).as("ended when the dump has").noneMatch(ProcessTree::lives);
      running.awaitGone();
      assertThat(pids).noneMatch(ProcessTree::exists);
      assertThat(running.images.resolve("stats-dump")).exists();

      restoreAndCheck(running, restorer, before, state, earlier);
    }
  }

  @ParameterizedTest(name = "{0}: {1} to {2}")
  @MethodSource("cells")
  void staysAndComesBackAsItWas(Subject subject, Engine dumper, Engine restorer)
      throws IOException {
    try (Running running = new Running(subject)) {
      List<Long> pids = running.lastingPids();
      String state = running.state();
      ProcessTree before = running.snapshot(pids);
      long earlier = running.progress();

      succeed(dumper.dump(running.keeper, running.root, running.images, "--leave-running"));
      long dumped = running.progress();
      running.awaitProgress(dumped, 20);
      running.assertUnchanged(before, running.snapshot(pids));
      assertThat(running.state()).isEqualTo(state);
      assertThat(pids).allMatch(pid -> ProcessTree.tracerOf(pid) == 0);

      long killed = running.progress();
      running.kill();
      long restored = restoreAndCheck(running, restorer, before, state, earlier);
      assertThat(restored).as("the past came back").isLessThan(killed);
    }
  }

  /** Returns the first progress seen after the restore. */
  private static long restoreAndCheck(
      Running running, Engine restorer, ProcessTree before, String state, long earlier)
      throws IOException {
    List<Long> pids = List.copyOf(before.tasks().keySet());
    running.subject.forget(running.directory);
    Path pidFile = running.images.resolve("pid");
    succeed(restorer.restore(running.keeper, running.images, "--pidfile", pidFile.toString()));
    running.awaitReport();
    long restored = running.progress();
    assertThat(Files.readString(pidFile).trim()).isEqualTo(Long.toString(running.root));
    running.awaitOnlyRoot();
    assertThat(restored).isGreaterThanOrEqualTo(earlier);
    running.assertUnchanged(before, running.snapshot(pids));
    running.awaitProgress(restored, 3);
    assertThat(running.state()).isEqualTo(state);
    assertThat(pids).allMatch(pid -> ProcessTree.tracerOf(pid) == 0);
    return restored;
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }
}
