// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;

/** The descriptors of a task, which are borrowed one after the other, pidfd_getfd(2), Linux 5.6. */
final class BorrowedTable implements AutoCloseable {
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;

  private final int pid;
  private final FileSystemTypes types;
  private int pidfd = -1;

  /** /proc/PID/fdinfo, and our own /proc/self/fd. */
  private int infos = -1;

  private int links = -1;

  /**
   * Opens what leads to all of them.
   *
   * @param types those of the capture
   */
  BorrowedTable(ProcFs proc, int pid, FileSystemTypes types) {
    this.pid = pid;
    this.types = types;
    try {
      pidfd = Pidfd.pidfdOpenAny(pid);
      infos = directory(proc.path(pid, "fdinfo"));
      links = directory(proc.root() + "/self/fd");
    } finally {
      if (links < 0) {
        close();
      }
    }
  }

  private static int directory(String path) {
    try {
      return Fcntl.open(path, DIRECTORY, 0);
    } catch (ErrnoException e) {
      throw new ProcException(path, e);
    }
  }

  /**
   * Borrows a descriptor.
   *
   * @return null if the task, still running, has closed it meanwhile
   */
  Descriptor borrow(int fd) {
    String name = Integer.toString(fd);
    while (true) {
      int borrowed = -1;
      try {
        borrowed = Pidfd.pidfdGetfd(pidfd, fd);
        FileStat stat = FileStat.of(borrowed);
        Fdinfo fdinfo = Fdinfo.read(infos, name);
        // A running task may have closed the number and used it again between the two looks.
        if (fdinfo.ino() == stat.ino()) {
          String link = Unistd.readlinkat(links, Integer.toString(borrowed));
          Descriptor descriptor = Descriptor.borrowed(pid, fd, link, stat, fdinfo, borrowed, types);
          borrowed = -1;
          return descriptor;
        }
      } catch (ErrnoException e) {
        if (e.is(Errno.EBADF)) {
          return null;
        }
        throw e;
      } catch (ProcException e) {
        if (e.gone()) {
          return null;
        }
        throw e;
      } finally {
        if (borrowed >= 0) {
          Unistd.close(borrowed);
        }
      }
    }
  }

  @Override
  public void close() {
    for (int fd : new int[] {pidfd, infos, links}) {
      if (fd >= 0) {
        Unistd.close(fd);
      }
    }
  }
}
