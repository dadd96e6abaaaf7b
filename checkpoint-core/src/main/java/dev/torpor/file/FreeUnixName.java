// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;

/**
 * A Unix socket of the tree can be bound to its name: nobody has an abstract one, and a path is
 * that of nothing, or of the socket that a dump left there and no process has any more.
 *
 * @param purpose what is restored, for the message
 * @param type SOCK_*
 * @param directory what the name is relative to
 * @param name as the kernel has it
 */
record FreeUnixName(String purpose, int type, String directory, ByteString name) implements Need {
  @Override
  public void verify(Machine machine) {
    if (name.byteAt(0) == 0) {
      bind();
    } else {
      look(
          UnixName.absolute(
              directory, KernelString.decode(UnixName.withoutNul(name.toByteArray()))));
    }
  }

  /** For a moment: another socket of the same type may not have it. */
  private void bind() {
    int fd = Socket.socket(Socket.AF_UNIX, type | Socket.SOCK_CLOEXEC, 0);
    try {
      Socket.bind(fd, Sockaddr.unix(name.toByteArray()));
    } catch (ErrnoException e) {
      String how =
          e.is(Errno.EADDRINUSE)
              ? "another socket has this name: end its process (ss -xp names it)"
              : e.getMessage();
      throw new RestoreException(purpose + ": " + how, e.errno(), e);
    } finally {
      Unistd.close(fd);
    }
  }

  private void look(String path) {
    int fd;
    try {
      fd = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
    } catch (ErrnoException e) {
      // Nothing is there, or the bind will tell.
      return;
    }
    try {
      if (!FileStat.of(fd).is(Stat.S_IFSOCK)) {
        throw new RestoreException(
            purpose + ": " + path + " is there, and is no socket: move it away",
            Errno.EADDRINUSE.number(),
            null);
      }
      if (isBound(fd)) {
        throw new RestoreException(
            purpose
                + ": another process has a socket at "
                + path
                + ": end it (ss -xp names it), or move the socket away",
            Errno.EADDRINUSE.number(),
            null);
      }
    } finally {
      Unistd.close(fd);
    }
  }

  /**
   * Whether anybody has the socket whose file this is. To be the peer of a datagram socket is
   * nothing that it would notice, and with one of another kind the kernel does not let us be
   * (unix_find_bsd in net/unix/af_unix.c).
   */
  private static boolean isBound(int file) {
    int fd = Socket.socket(Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0);
    try {
      Socket.connect(fd, Sockaddr.unix("/proc/self/fd/" + file));
      return true;
    } catch (ErrnoException e) {
      return !e.is(Errno.ECONNREFUSED);
    } finally {
      Unistd.close(fd);
    }
  }
}
