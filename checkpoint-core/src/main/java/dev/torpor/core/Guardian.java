// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import dev.torpor.tcp.LostByRepair;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * The native process that takes a restore back, or ends the tree of a dump that had begun to end
 * it, when this JVM, or the launcher and the JVM with it, is killed. Messages are {@code struct
 * guarded} of launcher.h.
 */
final class Guardian implements AutoCloseable {
  private static final int DIRECTORY = 1;
  private static final int TASK = 2;
  private static final int DONE = 3;
  private static final int FILE = 4;
  private static final int ASK = 5;
  private static final int HELD = 6;
  private static final int END = 7;
  private static final int SOCKET = 8;

  private static final int NAME_BYTES = 256;
  private static final int NAME_AT = Integer.BYTES;
  private static final int MESSAGE_BYTES = NAME_AT + NAME_BYTES;

  private final UnixChannel channel;
  private boolean open = true;

  /** The guardian at the other end of a socket, which {@link #close} or {@link #done} closes. */
  Guardian(int fd) {
    this.channel = new UnixChannel(fd);
  }

  /** A cgroup that is about to be made. */
  void willMake(Path directory) {
    send(DIRECTORY, directory.toString());
  }

  /** A file that is about to be made. */
  void willWrite(String file) {
    send(FILE, file);
  }

  private void send(int kind, String path) {
    int slash = path.lastIndexOf('/');
    byte[] name = KernelString.encode(path.substring(slash + 1));
    byte[] bytes = message(kind);
    System.arraycopy(name, 0, bytes, NAME_AT, name.length);
    int parent =
        Fcntl.open(
            path.substring(0, slash + 1), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
    try {
      send(bytes, parent);
    } finally {
      Unistd.close(parent);
    }
  }

  /** A task that is about to be let go. */
  void willRelease(int pid) {
    send(TASK, pid);
  }

  /** A task that is to be ended, once {@link #end} was said. */
  void holds(int pid) {
    send(HELD, pid);
  }

  /**
   * A TCP socket that is to leave repair mode if the tree goes on, and to be in it if it ends.
   *
   * @param lost options that repair mode takes away
   */
  void holdsSocket(int fd, LostByRepair lost) {
    byte[] bytes = message(SOCKET);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.nativeOrder())
        .putInt(NAME_AT, lost.reuseAddress() ? 1 : 0)
        .putInt(NAME_AT + Integer.BYTES, lost.peekOffset());
    send(bytes, fd);
  }

  /** All that it {@link #holds} is to end now, whoever lives to do it. */
  void end() {
    send(message(END));
  }

  private void send(int kind, int pid) {
    int pidfd = Pidfd.pidfdOpen(pid, 0);
    try {
      send(message(kind), pidfd);
    } finally {
      Unistd.close(pidfd);
    }
  }

  /**
   * Waits until it has all that it was told of.
   *
   * @throws RestoreException if it does not, and so would let tasks live
   */
  void confirm() {
    send(message(ASK));
    try {
      if (channel.receive(MESSAGE_BYTES).data().length == 0) {
        throw gone();
      }
    } catch (ErrnoException e) {
      throw isGone(e) ? gone() : e;
    }
  }

  private void send(byte[] bytes, int... fds) {
    try {
      channel.send(bytes, fds);
    } catch (ErrnoException e) {
      throw isGone(e) ? gone() : e;
    }
  }

  /** ECONNRESET: it ended with messages unread. */
  private static boolean isGone(ErrnoException failure) {
    return failure.is(Errno.EPIPE) || failure.is(Errno.ECONNRESET);
  }

  private static RestoreException gone() {
    return new RestoreException(
        "the guardian of this operation is gone: it needs a descriptor for each task and"
            + " connection, raise RLIMIT_NOFILE (ulimit -n) if that is lower; or it was killed, try"
            + " again");
  }

  /**
   * Nothing is left to do: the restore failed and was taken back, or the dump has ended its tree.
   * That a restore succeeded is said here only if {@link Launcher#succeeded} is for this JVM to
   * say. Closes this.
   */
  void done() {
    try (this) {
      channel.send(message(DONE));
    } catch (ErrnoException e) {
      // It was killed: nobody takes anything back then, which is what this says.
      if (!isGone(e)) {
        throw e;
      }
    }
  }

  /**
   * The restore failed after tasks were let go: waits until it has ended them and has taken back
   * all else that it was told of. Closes this.
   */
  void takeBack() {
    try (this) {
      // The launcher has this end too: it is not enough to close ours.
      Socket.shutdown(channel.fd(), Socket.SHUT_WR);
      channel.receive(1);
    } catch (ErrnoException e) {
      // It was killed: nobody can end what was let go.
      if (!isGone(e)) {
        throw e;
      }
    }
  }

  private static byte[] message(int kind) {
    byte[] bytes = new byte[MESSAGE_BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, kind);
    return bytes;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      Unistd.close(channel.fd());
    }
  }
}
