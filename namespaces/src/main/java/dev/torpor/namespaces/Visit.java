// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Sched.CLONE_FS;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;

/**
 * Asks something from within namespaces of another task: on a thread of its own, which joins them
 * and ends with the answer, so that no other thread of Torpor ever leaves its namespaces.
 */
final class Visit {
  private static final int NEW = -1;

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
    int pidfd = Pidfd.pidfdOpenAny(pid);
    try {
      return run(new Guest<>(pidfd, "task " + pid, cloneFlags, question));
    } finally {
      Unistd.close(pidfd);
    }
  }

  /** Runs it in a namespace of one kind, of which {@code path} is a file. */
  static <T> T into(String path, int cloneFlag, Question<T> question) {
    int fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    try {
      return run(new Guest<>(fd, path, cloneFlag, question));
    } finally {
      Unistd.close(fd);
    }
  }

  /** Runs it in namespaces that are new, and end with the answer. */
  static <T> T anew(int cloneFlags, Question<T> question) {
    return run(new Guest<>(NEW, "a new one", cloneFlags, question));
  }

  private static <T> T run(Guest<T> guest) {
    Thread thread = new Thread(null, guest, "visit to " + guest.whom);
    thread.start();
    join(thread);
    return guest.answer();
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
    private final int fd;
    private final String whom;
    private final int cloneFlags;
    private final Question<T> question;
    private T answer;
    private Throwable failure;

    Guest(int fd, String whom, int cloneFlags, Question<T> question) {
      this.fd = fd;
      this.whom = whom;
      this.cloneFlags = cloneFlags;
      this.question = question;
    }

    @Override
    public void run() {
      try {
        // A root and working directory of its own, clone(2): setns(2) to a mnt wants it.
        require(Syscall.raw(Nr.SYS_unshare, CLONE_FS), "unshare");
        if (fd == NEW) {
          require(Syscall.raw(Nr.SYS_unshare, cloneFlags), "unshare");
        } else {
          require(Syscall.raw(Nr.SYS_setns, fd, cloneFlags), "setns");
        }
        answer = question.ask();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }

    private void require(long result, String call) {
      if (Syscall.failed(result)) {
        ErrnoException cause = ErrnoException.of(result, call, cloneFlags);
        throw new DumpException(
            "joining the namespaces of " + whom + ": " + cause.getMessage(), cause);
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
