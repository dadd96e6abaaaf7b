// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Processes whose main thread has ended while others go on, {@code programs/leader-ended.c}. */
class EndedLeaderIT {
  @Test
  void childComesBackTwiceAndEndsAsItWould() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("leader-ended", "child"))) {
      comesBackTwice(running);
      Files.createFile(running.directory.resolve("end"));
      Path ended = running.directory.resolve("ended");
      Wait.until(
          "the parent is told of the end", () -> Files.exists(ended) && !text(ended).isEmpty());
      assertThat(text(ended)).isEqualTo("0x300\n");
    }
  }

  /** The main thread has set it (PR_SET_PDEATHSIG), and it holds when that is gone. */
  @Test
  void childStillEndsWithItsParent() {
    try (Running running = new Running(StatusFileSubject.compiled("leader-ended", "child"))) {
      comesBackTwice(running);
      long child = ProcessTree.childrenOf(running.root).get(0);
      ProcessHandle.of(running.root).orElseThrow().destroyForcibly();
      Wait.until("the child has ended with its parent", () -> !ProcessTree.lives(child));
    }
  }

  @Test
  void rootComesBackTwice() {
    try (Running running = new Running(StatusFileSubject.compiled("leader-ended"))) {
      comesBackTwice(running);
    }
  }

  @Test
  void stoppedOneComesBackStopped() {
    try (Running running = new Running(StatusFileSubject.compiled("leader-ended"))) {
      String state = running.state();
      signal(running, "STOP");
      Wait.until("it is stopped", () -> isStopped(running));
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      Wait.until("it is stopped again", () -> isStopped(running));
      signal(running, "CONT");
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  /** CRIU knows no such task, and makes no other of it. */
  @Test
  void criuRefusesTheImages() {
    try (Running running = new Running(StatusFileSubject.compiled("leader-ended"))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      Engine.Outcome outcome = Engine.CRIU.restore(running.keeper, running.images);
      assertThat(outcome.exitCode()).isNotZero();
      assertThat(ProcessTree.exists(running.root)).isFalse();
    }
  }

  private static void comesBackTwice(Running running) {
    String state = running.state();
    assertThat(state).contains("leader=Z", "name=the leader", "usr1=1", "usr2=1");
    for (int generation = 1; generation <= 2; generation++) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  /** Its main thread shows as a zombie. */
  private static boolean isStopped(Running running) {
    for (long tid : ProcessTree.threadsOf(running.root)) {
      if (tid != running.root && !ProcessTree.isStopped(tid)) {
        return false;
      }
    }
    return true;
  }

  private static void signal(Running running, String signal) {
    List<String> kill = List.of("/bin/kill", "-" + signal, Long.toString(running.root));
    assertThat(running.keeper.run(running.directory, running.directory.resolve("kill"), kill))
        .isZero();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
