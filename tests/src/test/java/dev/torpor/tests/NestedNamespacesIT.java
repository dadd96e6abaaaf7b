// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tasks below the root in namespaces of their own. CRIU 4.2 refuses UTS and IPC namespaces there,
 * in a dump ("Can't dump nested ipc namespace") and in a restore, so there is nothing to compare
 * with.
 */
class NestedNamespacesIT {
  /** Of each pid, where its namespaces are the same as those of another. */
  private static List<String> sharing(List<Long> pids) throws IOException {
    List<String> kinds = List.of("uts", "ipc", "net", "mnt", "pid");
    List<String> shared = new ArrayList<>();
    for (String kind : kinds) {
      List<Path> links = new ArrayList<>();
      for (long pid : pids) {
        links.add(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)));
      }
      for (Path link : links) {
        shared.add(kind + " " + links.indexOf(link));
      }
    }
    return shared;
  }

  @Test
  void comeBackTwice() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("nested"))) {
      List<Long> pids = running.lastingPids();
      String state = running.state();
      assertThat(state).contains("inner=inner 12345", "below=inner 12345");
      List<String> sharing = sharing(pids);
      assertThat(sharing).contains("uts 1", "ipc 1");
      for (int generation = 0; generation < 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitReport();
        running.awaitProgress(running.progress(), 3);
        assertThat(running.state()).isEqualTo(state);
        assertThat(sharing(pids)).isEqualTo(sharing);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "net, its net namespace is not the one that its parent lives in",
    "join, it has joined its uts namespace"
  })
  void othersAreRefusedAndGoOn(String how, String message) {
    try (Running running = new Running(StatusFileSubject.compiled("nested", how))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused(message, "end the task before the dump");
      running.awaitProgress(running.progress(), 3);
    }
  }
}
