// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.Checkpointer;
import dev.torpor.core.DumpOptions;
import dev.torpor.core.DumpResult;
import dev.torpor.error.TorporException;
import dev.torpor.error.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Checkpointer} in JVMs that {@code bin/torpor} did not start, this one too. */
@Timeout(300)
class LibraryIT {
  private static final int KILLED = 128 + 9;
  private static final int KILLS = 24;

  private final Checkpointer torpor = Checkpointer.builder().build();

  @TempDir Path directory;

  @Test
  void dumpsWhatBinTorporRestoresAndTheReverse() throws Exception {
    Subject subject = StatusFileSubject.compiled("zombies");
    try (Running running = new Running(subject)) {
      ProcessTree before = running.snapshot(running.lastingPids());
      assertThat(run(running, "dump", "" + running.root, running.images.toString())).isZero();
      running.awaitGone();
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitProgress(running.progress(), 3);
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      Path pidfile = running.directory.resolve("pid");
      assertThat(run(running, "restore", running.images.toString(), pidfile.toString())).isZero();
      running.awaitOnlyRoot();
      running.awaitProgress(running.progress(), 3);
      running.assertUnchanged(before, running.snapshot(running.lastingPids()));
    }
  }

  @Test
  void leavesATreeRunningAndTellsWhatItWrote() {
    try (Running running = new Running(StatusFileSubject.compiled("memory", "32"))) {
      DumpResult result =
          torpor.dump(new DumpOptions((int) running.root, running.images).leaveRunning(true));
      assertThat(result.postDumpStatus()).isZero();
      assertThat(result.pagesWritten()).isPositive();
      assertThat(result.pagesScanned()).isGreaterThanOrEqualTo(result.pagesWritten());
      assertThat(result.frozenMicros()).isGreaterThanOrEqualTo(result.freezingMicros());
      running.awaitProgress(running.progress(), 3);
      assertNoLauncher();
    }
  }

  @Test
  void refusesAChildOfItsOwn() throws Exception {
    Process child = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThatThrownBy(() -> torpor.dump((int) child.pid(), directory))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("child of this JVM");
      assertThat(child.isAlive()).isTrue();
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatFailsIsTypedAndLeavesNoLauncher() {
    assertThatThrownBy(() -> torpor.restore(directory))
        .isInstanceOf(TorporException.class)
        .hasMessageContaining("no complete checkpoint");
    assertThatThrownBy(() -> torpor.restore(directory.resolve("none")))
        .isInstanceOf(TorporException.class);
    try (Running running = new Running(StatusFileSubject.compiled("threads", "2"))) {
      assertThatThrownBy(() -> torpor.dump((int) running.root, directory.resolve("none")))
          .isInstanceOf(TorporException.class)
          .hasMessageContaining("images directory: ENOENT");
      running.awaitProgress(running.progress(), 3);
    }
    assertNoLauncher();
  }

  /** A kill of the JVM leaves nothing of the tree, or all of it. */
  @Test
  void leavesNothingWhenItsJvmIsKilled() throws IOException {
    try (Dumped dumped = new Dumped(Subjects.all().get(0))) {
      long start = System.nanoTime();
      assertThat(restore(dumped)).isZero();
      long restoreMicros = (System.nanoTime() - start) / 1000;
      dumped.assertWhole("not killed");
      dumped.end();
      int unfinished = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        String at = "killed, " + kill + " of " + KILLS;
        int exitCode = killAfter(dumped, restoreMicros / 3 + restoreMicros * kill / KILLS);
        Wait.until(at + ": launcher and guardian are gone", () -> restorers(dumped).isEmpty());
        if (dumped.running.keeper.children().isEmpty()) {
          unfinished++;
          assertThat(exitCode).as(at).isEqualTo(KILLED);
          dumped.assertNothingLeft(at);
        } else {
          dumped.assertWhole(at);
          dumped.end();
        }
      }
      assertThat(unfinished).as("kills that hit a restore").isGreaterThan(KILLS / 3);
      dumped.assertRestores();
    }
  }

  /** The JVM lives on, says so in one line, and has taken all back. */
  @ParameterizedTest
  @ValueSource(strings = {"pre-restore", "setup-namespaces", "post-restore", "pre-resume"})
  void leavesNothingWhenItsLauncherIsKilled(String stage) throws IOException {
    try (Dumped dumped = new Dumped(FailedRestoreIT.subject())) {
      assertThat(restore(dumped, stage)).isEqualTo(1);
      assertThat(output(dumped)).startsWith("RestoreException: ").hasLineCount(1);
      Wait.until("all are gone", () -> dumped.running.keeper.children().isEmpty());
      dumped.assertNothingLeft(stage);
      dumped.assertRestores();
    }
  }

  private static int restore(Dumped dumped, String... stage) {
    return run(dumped.running, restoring(dumped, stage));
  }

  private static String[] restoring(Dumped dumped, String... stage) {
    String images = dumped.running.images.toString();
    String pidfile = dumped.pidfile.toString();
    return stage.length == 0
        ? new String[] {"restore", images, pidfile}
        : new String[] {"restore", images, pidfile, stage[0]};
  }

  private static int run(Running running, String... arguments) {
    return running.keeper.awaitExit(start(running, arguments));
  }

  private static long start(Running running, String... arguments) {
    Path output = running.directory.resolve("library-output");
    return running.keeper.start(running.directory, output, Library.command(arguments));
  }

  private static String output(Dumped dumped) throws IOException {
    return Files.readString(dumped.running.directory.resolve("library-output"));
  }

  private static int killAfter(Dumped dumped, long micros) {
    long jvm = start(dumped.running, restoring(dumped));
    long end = System.nanoTime() + micros * 1000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    ProcessHandle.of(jvm).ifPresent(ProcessHandle::destroyForcibly);
    return dumped.running.keeper.awaitExit(jvm);
  }

  /** What the keeper has adopted of a restorer. */
  private static List<Long> restorers(Dumped dumped) {
    return dumped.running.keeper.children().stream()
        .filter(pid -> ProcessTree.nameOf(pid).startsWith("torpor"))
        .toList();
  }

  private static void assertNoLauncher() {
    assertThat(
            ProcessHandle.current()
                .children()
                .map(child -> ProcessTree.nameOf(child.pid()))
                .filter(name -> name.startsWith("torpor")))
        .isEmpty();
  }
}
