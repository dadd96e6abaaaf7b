// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks that fail, at a task of a recorded /proc. */
class RunningTasksTest {
  private static final String RUNS = "7 (a) R 1 7 7 0 -1 4194304 0";
  private static final String EXITS = "7 (a) R 1 7 7 0 -1 4194308 0";

  @TempDir Path root;

  private void look(String stat, RuntimeException failure) throws IOException {
    Path directory = Files.createDirectories(root.resolve("7/task/7"));
    if (stat != null) {
      Files.writeString(directory.resolve("stat"), stat);
    }
    RunningTasks.look(
        new ProcFs(root),
        7,
        7,
        () -> {
          throw failure;
        });
  }

  /** Its coredump_filter is an empty file then. */
  @Test
  void whatEndsIsNotRefused() {
    ProcException empty = new ProcException("/proc/7/coredump_filter", "", "a number");
    assertThatCode(() -> look(EXITS, empty)).doesNotThrowAnyException();
    assertThatCode(() -> look(null, empty)).doesNotThrowAnyException();
    assertThatThrownBy(() -> look(RUNS, empty)).isSameAs(empty);
  }

  @Test
  void whatIsSeenWhileItGoesOnIs() {
    UnsupportedException refusal = new UnsupportedException("a file", "not carried");
    assertThatThrownBy(() -> look(RUNS, refusal)).isSameAs(refusal);
    assertThatCode(() -> look(EXITS, refusal)).doesNotThrowAnyException();
  }

  @Test
  void whatItHasClosedMeanwhileIsNot() {
    ErrnoException closed = new ErrnoException("readlink", "fd/7", Errno.ENOENT.number());
    assertThatCode(() -> look(RUNS, closed)).doesNotThrowAnyException();
    ErrnoException denied = new ErrnoException("readlink", "fd/7", Errno.EACCES.number());
    assertThatThrownBy(() -> look(RUNS, denied)).isSameAs(denied);
  }
}
