// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.inject.Data;
import dev.torpor.inject.WaitingTask;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.Arrays;

/**
 * Writes what files of a tmpfs hold by the calls of a task that is in its cgroups already: the
 * memory cgroup of whoever first writes a page is charged for it, as long as it is there.
 */
final class TaskWriter {
  /** How much is written at a time. */
  static final int CHUNK_BYTES = 1 << 16;

  private static final int NONE = -1;

  private final ProcFs proc;
  private final WaitingTask task;
  private final Data chunk;

  /** Our descriptor of the file that the task has open, and the task's own. */
  private int file = NONE;

  private long taskFd;

  /**
   * Begins.
   *
   * @param proc which shows both us and the task, and where the task sees it
   * @param chunk {@link #CHUNK_BYTES} of the task's data
   */
  TaskWriter(ProcFs proc, WaitingTask task, Data chunk) {
    this.proc = proc;
    this.task = task;
    this.chunk = chunk;
  }

  /**
   * Writes into one file, until {@link #finish}.
   *
   * @param fd our own descriptor of the file
   * @throws ErrnoException if the task cannot
   */
  void write(int fd, byte[] content, int lengthBytes, long at) {
    if (file == NONE) {
      open(fd);
    }
    long address = task.put(chunk, content, lengthBytes);
    long done = 0;
    while (done < lengthBytes) {
      done +=
          call("pwrite64", Nr.SYS_pwrite64, taskFd, address + done, lengthBytes - done, at + done);
    }
  }

  /** By no name in the tmpfs: a path there may be longer than any call takes. */
  private void open(int fd) {
    byte[] name = KernelString.encode(proc.path(Unistd.getpid(), "fd/" + fd));
    long path = task.put(chunk, Arrays.copyOf(name, name.length + 1), name.length + 1);
    long flags = Fcntl.O_WRONLY | Fcntl.O_CLOEXEC;
    taskFd = call("openat", Nr.SYS_openat, Fcntl.AT_FDCWD, path, flags, 0);
    file = fd;
  }

  /** Ends the writing into a file. */
  void finish() {
    if (file != NONE) {
      file = NONE;
      call("close", Nr.SYS_close, taskFd);
    }
  }

  private long call(String name, int nr, long... args) {
    long result = task.call(nr, args);
    if (result < 0) {
      throw ErrnoException.of(result, name, "of task " + task.pid());
    }
    return result;
  }
}
