// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code --leave-stopped}: every task is stopped at the end, as by SIGSTOP, until SIGCONT. */
class LeaveStoppedIT {
  @ParameterizedTest
  @EnumSource(Engine.class)
  void dumpedTreeStaysStopped(Engine engine) throws IOException {
    try (Running running = new Running(subject())) {
      List<Long> pids = running.lastingPids();
      succeed(engine.dump(running.keeper, running.root, running.images, "--leave-stopped"));
      assertStoppedUntilContinued(running, pids);
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void restoredTreeIsStopped(Engine engine) throws IOException {
    try (Running running = new Running(subject())) {
      List<Long> pids = running.lastingPids();
      succeed(Engine.CRIU.dump(running.keeper, running.root, running.images));
      running.awaitGone();
      succeed(engine.restore(running.keeper, running.images, "-s"));
      assertStoppedUntilContinued(running, pids);
    }
  }

  private static Subject subject() {
    return StatusFileSubject.compiled("threads", "2");
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  private static void assertStoppedUntilContinued(Running running, List<Long> pids)
      throws IOException {
    for (long pid : pids) {
      assertThat(ProcessTree.tracerOf(pid)).isZero();
      for (long tid : ProcessTree.threadsOf(pid)) {
        Wait.until("thread " + tid + " is stopped", () -> stateOf(pid, tid) == 'T');
      }
    }
    long stopped = running.progress();
    Wait.millis(100);
    assertThat(running.progress()).isEqualTo(stopped);
    for (long pid : pids) {
      assertThat(new ProcessBuilder("kill", "-CONT", Long.toString(pid)).start().onExit().join())
          .matches(kill -> kill.exitValue() == 0);
    }
    running.awaitProgress(stopped, 3);
  }

  private static char stateOf(long pid, long tid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/task/" + tid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      throw new AssertionError("thread " + tid + " is gone", e);
    }
  }
}
