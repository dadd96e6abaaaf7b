// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.DumpException;
import dev.torpor.error.TorporException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** Looking at tasks and threads that run, and so may end at any moment. */
final class RunningTasks {
  private RunningTasks() {}

  /**
   * How long something is looked at again that may be so for a moment only: with pauses that double
   * from 1 ms on, a quarter of a second.
   */
  static final class Patience {
    private static final int LOOKS = 8;

    private long pauseNanos = 1_000_000;
    private int looks;

    /** Pauses before another look; false if there were enough of them. */
    boolean waits() {
      if (looks++ == LOOKS) {
        return false;
      }
      LockSupport.parkNanos(pauseNanos);
      pauseNanos *= 2;
      return true;
    }
  }

  /** Something that fails if the task, or thread, ends meanwhile. */
  @FunctionalInterface
  interface Look {
    void look() throws IOException;
  }

  /**
   * Looks. If what is looked at has ended there is nothing to refuse; nor if it is about to: some
   * of its files are empty then, and its memory and descriptors are gone.
   */
  static void look(ProcFs proc, int pid, int tid, Look look) throws IOException {
    try {
      look.look();
    } catch (TorporException e) {
      if (!isGone(e) && !isEnding(proc, pid, tid)) {
        throw e;
      }
    }
  }

  /** Also of a file of a task that goes on: a descriptor may have been closed meanwhile. */
  private static boolean isGone(TorporException failure) {
    if (failure instanceof ProcException e) {
      return e.gone();
    }
    if (failure instanceof ErrnoException e) {
      return e.is(Errno.ESRCH) || e.is(Errno.ENOENT);
    }
    return failure instanceof DumpException e && e.errno() == Errno.ESRCH.number();
  }

  private static boolean isEnding(ProcFs proc, int pid, int tid) {
    try {
      return proc.stat(pid, tid).isEnding();
    } catch (ProcException e) {
      return e.gone();
    }
  }
}
