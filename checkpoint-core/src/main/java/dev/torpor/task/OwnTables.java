// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import dev.torpor.plan.ThreadPlan;

/**
 * What a thread does not share with its task, unshare(2): cwd, root and umask (CLONE_FS) come back,
 * a descriptor table (CLONE_FILES) is refused.
 */
public final class OwnTables implements ThreadRoom {
  @Override
  public boolean asksTracee(ThreadState thread) {
    // Directories are captured by nobody but the thread that captures files.
    return !thread.isLeader() && !shares(thread, Kcmp.KCMP_FS);
  }

  @Override
  public void refuse(ThreadState thread) {
    if (thread.isLeader()) {
      return;
    }
    refuseDescriptors(thread);
    if (!shares(thread, Kcmp.KCMP_FS)) {
      directories(thread);
    }
  }

  private static void refuseDescriptors(ThreadState thread) {
    if (!shares(thread, Kcmp.KCMP_FILES)) {
      throw new UnsupportedException(
          thread.subject(),
          "it has a descriptor table of its own, which images cannot say; let the thread end"
              + " before the dump");
    }
  }

  private static boolean shares(ThreadState thread, int type) {
    try {
      return Kcmp.kcmp(thread.pid(), thread.tid(), type, 0, 0) == Kcmp.EQUAL;
    } catch (ErrnoException e) {
      throw new DumpException("cannot compare " + thread.subject(), e.errno(), e);
    }
  }

  private static fs_entry directories(ThreadState thread) {
    return thread.facts().get(ThreadDirectories.class).capture().of(thread);
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (thread.isLeader()) {
      return (core, answers) -> {};
    }
    refuseDescriptors(thread);
    if (shares(thread, Kcmp.KCMP_FS)) {
      return (core, answers) -> {};
    }
    fs_entry fs = directories(thread);
    return (core, answers) -> core.thread().embedded(thread_core_entry.FS_FIELD_NUMBER, fs);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // By who plans files; all other threads are born into the tables of their task.
  }
}
