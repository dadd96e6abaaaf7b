// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.Kcmp;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a capture takes over from its rehearsal of which descriptors are one open file. */
class OpenFilesTest {
  /** Forty of one file, of which two are one, and others are closed and opened later. */
  private static final String MANY =
      """
      import signal
      open('one', 'w').close()
      for i in range(40): os.open('one', os.O_RDONLY)
      os.dup(7)
      def change(number, frame):
        os.close(5); os.close(9); os.close(20)
        os.open('one', os.O_RDONLY)
        os.dup2(30, 20)
        for i in range(3): os.open('one', os.O_RDONLY)
        os.dup(33)
        os.rename('one', 'changed')
      signal.signal(signal.SIGUSR1, change)
      ready()
      """;

  @TempDir Path directory;

  /** The id of the open file of each descriptor from 3 on. */
  private static Map<Integer, Integer> ids(int pid, RehearsedOrder order, boolean rehearses) {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    OpenFiles files = new OpenFiles(order, rehearses);
    Map<Integer, Integer> ids = new TreeMap<>();
    try (BorrowedTable table = new BorrowedTable(proc, pid, new FileSystemTypes())) {
      for (int fd : proc.descriptors(pid)) {
        if (fd > 2) {
          try (Descriptor descriptor = table.borrow(fd)) {
            ids.put(fd, files.find(descriptor, fd).id());
          }
        }
      }
    }
    return ids;
  }

  /** By comparison of each with all before it. */
  private static Map<Integer, Integer> expected(int pid) {
    Map<Integer, Integer> ids = new TreeMap<>();
    for (int fd : new ProcFs(Path.of("/proc")).descriptors(pid)) {
      if (fd > 2) {
        int id = fd;
        for (int other : ids.keySet()) {
          if (Kcmp.file(pid, fd, pid, other) == Kcmp.EQUAL) {
            id = ids.get(other);
          }
        }
        ids.put(fd, id);
      }
    }
    return ids;
  }

  @Test
  void theSameAgain() throws IOException {
    try (Child child = Child.start(directory, MANY)) {
      RehearsedOrder order = new RehearsedOrder();
      assertThat(ids(child.pid(), order, true)).isEqualTo(expected(child.pid())).hasSize(41);
      assertThat(ids(child.pid(), order, false)).isEqualTo(expected(child.pid()));
    }
  }

  @Test
  void whatHasChangedSinceTheRehearsal() throws Exception {
    try (Child child = Child.start(directory, MANY)) {
      RehearsedOrder order = new RehearsedOrder();
      Map<Integer, Integer> before = ids(child.pid(), order, true);
      new ProcessBuilder("kill", "-USR1", Integer.toString(child.pid())).start().waitFor();
      while (!Files.exists(directory.resolve("changed"))) {
        Thread.onSpinWait();
      }
      assertThat(ids(child.pid(), order, false))
          .isEqualTo(expected(child.pid()))
          .isNotEqualTo(before);
    }
  }
}
