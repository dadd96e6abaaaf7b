// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import dev.torpor.plan.ThreadPlan;

/**
 * A thread that does not share descriptors, or cwd, root and umask, with its task, unshare(2):
 * refused.
 */
public final class OwnTables implements ThreadRoom {
  @Override
  public void refuse(ThreadState thread) {
    if (thread.isLeader()) {
      return;
    }
    refuse(thread, Kcmp.KCMP_FILES, "a descriptor table of its own");
    refuse(thread, Kcmp.KCMP_FS, "cwd, root and umask of its own");
  }

  private static void refuse(ThreadState thread, int type, String what) {
    int order;
    try {
      order = Kcmp.kcmp(thread.pid(), thread.tid(), type, 0, 0);
    } catch (ErrnoException e) {
      throw new DumpException("cannot compare " + thread.subject(), e.errno(), e);
    }
    if (order != 0) {
      throw new UnsupportedException(
          thread.subject(),
          "it has " + what + ", which images cannot say; let the thread end before the dump");
    }
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    refuse(thread);
    return (core, answers) -> {};
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // All threads are born into the tables of their task.
  }
}
