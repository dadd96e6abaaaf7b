// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.ThreadPlan;

/**
 * The I/O context that a task has in common with its parent, CLONE_IO of clone(2): to schedulers of
 * I/O they are one, with one priority. Who starts a task gives it that.
 */
public final class IoContext implements ThreadRoom {
  /** Whether this process has none; null until somebody asks. */
  private Boolean hasNone;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    boolean shared = thread.isLeader() && thread.stopped() && isParents(thread);
    return (core, answers) -> {
      if (shared) {
        core.task().setParentsIo(true);
      }
    };
  }

  /**
   * Most have none at all, which kcmp(2) takes for the same one. A thread that has a priority has a
   * context.
   */
  private boolean isParents(ThreadState thread) {
    int pid = thread.pid();
    try {
      if (hasNone() && same(Unistd.getpid(), pid)) {
        return false;
      }
      return same(thread.stat().ppid(), pid)
          && (hasNone() || Resource.getIoPriority(Resource.IOPRIO_WHO_PROCESS, pid) != 0);
    } catch (ErrnoException e) {
      // ESRCH: its parent is not to be seen from here.
      return false;
    }
  }

  /** Two threads of a JVM do not share one. */
  private boolean hasNone() {
    if (hasNone == null) {
      hasNone = Unistd.getpid() != Unistd.gettid() && same(Unistd.getpid(), Unistd.gettid());
    }
    return hasNone;
  }

  private static boolean same(int one, int other) {
    return Kcmp.kcmp(one, other, Kcmp.KCMP_IO, 0, 0) == Kcmp.EQUAL;
  }

  /** CLONE_IO for a task that shares its parent's, or 0. */
  public static long cloneFlag(core_entry core) {
    return core.getTc().getParentsIo() ? Sched.CLONE_IO : 0;
  }

  /** Appends what makes a context to be shared: clone(2) shares none that is not there. */
  public static void make(Program program) {
    program
        .call("making an I/O context to be shared", Nr.SYS_ioprio_set)
        .arg(Resource.IOPRIO_WHO_PROCESS)
        .arg(0)
        .arg(0);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // Whoever starts it asks of cloneFlag().
  }
}
