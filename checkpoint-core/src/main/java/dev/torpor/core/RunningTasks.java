// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.DumpException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.proc.ProcException;
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

  /** Looks. If what is looked at has ended there is nothing to refuse. */
  static void look(Look look) throws IOException {
    try {
      look.look();
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
    } catch (DumpException e) {
      if (e.errno() != Errno.ESRCH.number()) {
        throw e;
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
