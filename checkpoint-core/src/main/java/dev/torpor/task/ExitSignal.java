// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Signal;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.TaskStat;

/**
 * The signal that the parent of a task gets when it ends, clone(2). Nearly always SIGCHLD; who
 * starts a task says so, and that of the root is its new parent's.
 */
public final class ExitSignal implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    TaskStat stat = thread.stat();
    warnOfRoot(thread, stat);
    return (core, answers) -> note(stat, core.task());
  }

  private static void warnOfRoot(ThreadState thread, TaskStat stat) {
    TaskTree tree = thread.facts().find(TaskTree.class);
    boolean isRoot = tree != null && tree.root().pid() == thread.pid();
    if (isRoot && thread.stopped() && stat.exitSignal() != Signal.SIGCHLD) {
      thread
          .facts()
          .get(Warnings.class)
          .add(
              thread.subject()
                  + ": at its end its parent is to get signal "
                  + stat.exitSignal()
                  + "; whoever has it after a restore gets SIGCHLD");
    }
  }

  /** Puts that of a task, or of a zombie, into its entry. */
  public static void note(TaskStat stat, task_core_entry.Builder task) {
    if (stat.exitSignal() != Signal.SIGCHLD) {
      task.setExitSignal(stat.exitSignal());
    }
  }

  /** What the task of an entry is to be started with. */
  public static int of(core_entry core) {
    return core.getTc().hasExitSignal() ? core.getTc().getExitSignal() : Signal.SIGCHLD;
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // Whoever starts it asks of().
  }
}
