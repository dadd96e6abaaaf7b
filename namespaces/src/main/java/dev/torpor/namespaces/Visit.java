// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Sched.CLONE_FS;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;

/**
 * Asks something from within namespaces of another task: on a thread of its own, which joins them
 * and ends with the answer, so that no other thread of Torpor ever leaves its namespaces.
 */
final class Visit {
  /** clone(2): the thread has its own root and working directory; setns(2) to a mnt wants it. */
  private Visit() {}

  /** What is asked. Loads no class that was not loaded before: its files may be out of sight. */
  @FunctionalInterface
  interface Question<T> {
    T ask();
  }

  /**
   * Runs {@code question} in namespaces of task {@code pid}.
   *
   * @param cloneFlags which kinds, as for setns(2) with a pidfd (since Linux 5.8)
   * @throws DumpException if they cannot be joined; what the question throws is passed on
   */
  static <T> T in(int pid, int cloneFlags, Question<T> question) {
    int pidfd = Pidfd.pidfdOpen(pid, 0);
    try {
      Guest<T> guest = new Guest<>(pidfd, pid, cloneFlags, question);
      Thread thread = new Thread(null, guest, "visit to task " + pid);
      thread.start();
      join(thread);
      return guest.answer();
    } finally {
      Unistd.close(pidfd);
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Guest<T> implements Runnable {
    private final int pidfd;
    private final int pid;
    private final int cloneFlags;
    private final Question<T> question;
    private T answer;
    private Throwable failure;

    Guest(int pidfd, int pid, int cloneFlags, Question<T> question) {
      this.pidfd = pidfd;
      this.pid = pid;
      this.cloneFlags = cloneFlags;
      this.question = question;
    }

    @Override
    public void run() {
      try {
        require(Syscall.raw(Nr.SYS_unshare, CLONE_FS), "unshare");
        require(Syscall.raw(Nr.SYS_setns, pidfd, cloneFlags), "setns");
        answer = question.ask();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }

    private void require(long result, String call) {
      if (Syscall.failed(result)) {
        ErrnoException cause = ErrnoException.of(result, call, cloneFlags);
        throw new DumpException(
            "task " + pid + ": joining its namespaces: " + cause.getMessage(), cause);
      }
    }

    T answer() {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
      return answer;
    }
  }
}
