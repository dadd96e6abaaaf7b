// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code restore --plan}: what a restore would do is told, and nothing of it is done. */
class PlanIT {
  @Test
  void printsEachThreadAndMakesNothing() throws Exception {
    Subject subject = StatusFileSubject.compiled("threads", "2");
    try (Running running = new Running(subject)) {
      List<Long> tids = ProcessTree.threadsOf(running.root);
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      String plan = plan(running, List.of());
      for (long tid : tids) {
        assertThat(plan).containsPattern("(?m)^(task|thread) " + tid + "\\b");
      }
      assertThat(plan).contains("mmap(", "# restoring", "munmap(");
      assertThat(Path.of("/proc/" + running.root)).doesNotExist();
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitProgress(running.progress(), 3);
    }
  }

  private static String plan(Running running, List<String> before)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            Settings.torpor().toString(), "restore", "--plan", "-D", running.images.toString()));
    Path printed = running.directory.resolve("plan");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(printed.toFile())
            .redirectError(running.directory.resolve("plan.err").toFile())
            .start();
    assertThat(process.waitFor())
        .as("%s", Files.readString(running.directory.resolve("plan.err")))
        .isZero();
    return Files.readString(printed);
  }
}
