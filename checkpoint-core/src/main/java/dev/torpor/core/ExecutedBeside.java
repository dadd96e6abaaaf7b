// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Processes that entered the pid namespace of a tree from outside, as {@code podman exec} and
 * {@code runc exec} have them: no descendants of its init. They are in no image, here as with CRIU,
 * and the kernel ends them with the init.
 */
final class ExecutedBeside {
  private static final String NAMESPACE = "ns/pid";

  private final ProcFs proc;
  private final int own;

  /**
   * Looks for them.
   *
   * @param own a process in the pid namespace of the dumper
   */
  ExecutedBeside(ProcFs proc, int own) {
    this.proc = proc;
    this.own = own;
  }

  /** Names those of a tree that may run. Only the end of an init is that of its namespace. */
  void warn(TaskTree tree, Consumer<String> warnings) {
    int root = tree.root().pid();
    String namespace = proc.link(root, NAMESPACE);
    int[] pids = proc.status(root, root).numbers("NSpid");
    if (namespace.equals(proc.link(own, NAMESPACE)) || pids[pids.length - 1] != 1) {
      return;
    }
    Set<Integer> dumped = new HashSet<>();
    for (Task task : tree.tasks()) {
      dumped.add(task.pid());
    }
    for (int pid : proc.processes()) {
      if (!dumped.contains(pid)) {
        warn(pid, dumped, namespace, warnings);
      }
    }
  }

  private void warn(int pid, Set<Integer> dumped, String namespace, Consumer<String> warnings) {
    try {
      if (proc.link(pid, NAMESPACE).equals(namespace) && !descends(pid, dumped)) {
        warnings.accept(
            "process "
                + pid
                + " ("
                + proc.stat(pid, pid).comm()
                + ") is in the pid namespace of the tree, but no descendant of its init (an exec of"
                + " an engine): it is not in the checkpoint, and ends when the tree ends");
      }
    } catch (ProcException e) {
      // A zombie has no namespace any more; and what root may not look at is in no container of
      // ours.
    }
  }

  /** One that was born since the tree was walked is no stranger. */
  private boolean descends(int pid, Set<Integer> dumped) {
    int ancestor = proc.stat(pid, pid).ppid();
    while (ancestor > 1 && !dumped.contains(ancestor)) {
      ancestor = proc.stat(ancestor, ancestor).ppid();
    }
    return dumped.contains(ancestor);
  }
}
