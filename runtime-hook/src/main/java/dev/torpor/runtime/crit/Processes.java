// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.proto.pstree_entry;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/**
 * {@code crit x DIR ps}: the tree of processes, children below and to the right of their parent.
 */
final class Processes implements Listing {
  private static final int INDENT = 4;

  @Override
  public void print(Checkpoint checkpoint, Writer out) throws IOException {
    out.write(String.format("%7s%7s%7s   %s%n", "PID", "PGID", "SID", "COMM"));
    List<pstree_entry> tasks = checkpoint.tasks();
    for (pstree_entry task : tasks) {
      if (task.getPpid() == 0) {
        print(checkpoint, tasks, task, 0, out);
      }
    }
  }

  private static void print(
      Checkpoint checkpoint, List<pstree_entry> tasks, pstree_entry task, int depth, Writer out)
      throws IOException {
    out.write(
        String.format(
            "%7d%7d%7d   %s%s%n",
            Checkpoint.number(task.getPid()),
            Checkpoint.number(task.getPgid()),
            Checkpoint.number(task.getSid()),
            " ".repeat(INDENT * depth),
            checkpoint.core(task).getTc().getComm()));
    for (pstree_entry child : tasks) {
      if (child.getPpid() == task.getPid() && depth < tasks.size()) {
        print(checkpoint, tasks, child, depth + 1, out);
      }
    }
  }
}
