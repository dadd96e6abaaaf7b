// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.image.ImageException;
import dev.torpor.image.proto.pstree_entry;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TreeEntriesTest {
  private static final int ZOMBIE = 9;

  private static pstree_entry task(int pid, int ppid, Integer... threads) {
    return pstree_entry
        .newBuilder()
        .setPid(pid)
        .setPpid(ppid)
        .setPgid(1)
        .setSid(1)
        .addAllThreads(List.of(threads))
        .build();
  }

  private static void refused(String found, pstree_entry... tree) {
    assertThatThrownBy(() -> check(List.of(tree)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("pstree.img")
        .hasMessageContaining("found " + found);
  }

  private static void check(List<pstree_entry> tree) throws IOException {
    TreeEntries.check("pstree.img", tree);
    TreeEntries.checkThreads("pstree.img", tree, Set.of(ZOMBIE));
  }

  /** CRIU does not write a zombie's own number among its threads. */
  @Test
  void aTreeIsTaken() {
    assertThatCode(
            () ->
                check(List.of(task(1, 0, 1, 2), task(3, 1, 3), task(4, 3, 4), task(ZOMBIE, 1, 0))))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsNoTreeIsNamed() {
    refused("pid 1", task(1, 0, 1), task(1, 1, 1));
    refused("pid 0", task(0, 0, 0));
    refused("task 3 with parent 7", task(1, 0, 1), task(3, 7, 3));
    refused("task 3 with parent 0", task(1, 0, 1), task(3, 0, 3));
    refused("task 1 with parent 5", task(1, 5, 1));
    refused("other threads", task(1, 0, 2));
    refused("thread 2 of task 3", task(1, 0, 1, 2), task(3, 1, 3, 2));
  }
}
