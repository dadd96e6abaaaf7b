// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.Kcmp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Descriptors of tasks, {@code programs/pidfds.c}. */
class PidfdsIT {
  /** Of everybody in the tree, also of threads and of tasks that have ended. */
  @Test
  void allComeBackTwice() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("pidfds"))) {
      List<Long> pids = running.lastingPids();
      List<String> shared = shared(pids);
      assertThat(shared).isNotEmpty();
      ProcessTree before = running.snapshot(pids);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      running.assertUnchanged(before, running.snapshot(pids));
      assertThat(shared(pids)).isEqualTo(shared);
      Files.createFile(running.directory.resolve("end"));
      Path ended = running.directory.resolve("ended");
      Wait.until("it has ended the others", () -> Files.exists(ended));
      Wait.until("it has told whom", () -> ended.toFile().length() > 0);
      assertThat(ended).hasContent("2 1 ");
    }
  }

  /** Which descriptors of tasks are one open file. */
  private static List<String> shared(List<Long> pids) throws IOException {
    List<String> descriptors = new ArrayList<>();
    for (long pid : pids) {
      for (int fd = 0; fd < 50; fd++) {
        Path link = Path.of("/proc/" + pid + "/fd/" + fd);
        if (Files.isSymbolicLink(link)
            && Files.readSymbolicLink(link).toString().equals("anon_inode:[pidfd]")) {
          descriptors.add(pid + " " + fd);
        }
      }
    }
    List<String> shared = new ArrayList<>();
    for (String one : descriptors) {
      for (String other : descriptors) {
        if (!one.equals(other) && isSame(one.split(" "), other.split(" "))) {
          shared.add(one + " is " + other);
        }
      }
    }
    return shared;
  }

  private static boolean isSame(String[] one, String[] other) {
    return Kcmp.file(
            Integer.parseInt(one[0]),
            Integer.parseInt(one[1]),
            Integer.parseInt(other[0]),
            Integer.parseInt(other[1]))
        == Kcmp.EQUAL;
  }

  private static void comesBack(Running running, Engine dumper, Engine restorer) {
    String state = running.state();
    dumper.dump(running.keeper, running.root, running.images).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
  }
}
