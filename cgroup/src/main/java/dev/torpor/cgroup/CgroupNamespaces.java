// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static dev.torpor.linux.Sched.CLONE_NEWCGROUP;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Reads files with the eyes of another cgroup namespace. The kernel prints cgroup paths as the
 * reading thread's namespace shows them: a thread made for it enters the namespace with setns(2)
 * (since Linux 4.6, needs CAP_SYS_ADMIN), reads, and ends; no other thread is affected.
 */
public final class CgroupNamespaces implements ProcMembership.NamespaceSwitch {
  /** Defined in include/uapi/linux/sched.h. */
  @Override
  public String readInside(int pid, Path file) throws IOException {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                enter(pid);
                text.complete(Files.readString(file));
              } catch (IOException | RuntimeException | Error e) {
                // Whatever it is: a caller without an answer would wait for ever.
                text.completeExceptionally(e);
              }
            },
            "cgroup-namespace-of-" + pid);
    reader.start();
    try {
      return text.get();
    } catch (ExecutionException e) {
      throw failure(pid, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CgroupException("enter cgroup namespace of task " + pid + ": interrupted");
    }
  }

  private static IOException failure(int pid, Throwable cause) {
    if (cause instanceof ErrnoException errno) {
      throw new CgroupException(
          "enter cgroup namespace of task " + pid + ": " + errno.getMessage());
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof IOException io ? io : new IOException(cause);
  }

  private static void enter(int pid) {
    int pidfd = Pidfd.pidfdOpenAny(pid);
    try {
      long result = Syscall.raw(Nr.SYS_setns, pidfd, CLONE_NEWCGROUP);
      if (Syscall.failed(result)) {
        throw ErrnoException.of(result, "setns", "pidfd of " + pid, "CLONE_NEWCGROUP");
      }
    } finally {
      Unistd.close(pidfd);
    }
  }
}
