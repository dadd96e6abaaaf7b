// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ControlMessage;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import java.util.function.Consumer;

/** Looks at what waits in a socket, without taking it out; SO_PEEK_OFF is as before at the end. */
final class QueueLook implements AutoCloseable {
  /** No message can be longer than the sender's buffer, which grows to twice of what is set. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** Descriptors, as many as a message can have (SCM_MAX_FD), and what else there may be. */
  private static final int CONTROL_BYTES = 4096;

  private static final int PEEK =
      Socket.MSG_PEEK | Socket.MSG_DONTWAIT | Socket.MSG_TRUNC | Socket.MSG_CMSG_CLOEXEC;

  private final Descriptor descriptor;
  private final int fd;
  private final int before;

  QueueLook(Descriptor descriptor) {
    this.descriptor = descriptor;
    this.fd = descriptor.borrowed();
    this.before = now();
  }

  private int now() {
    return Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
  }

  private void set(int offset) {
    Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, offset);
  }

  /** The next look begins so many bytes into what waits. At 0 it does so by itself. */
  void from(int offset) {
    if (offset > 0 || now() >= 0) {
      set(offset);
    }
  }

  /**
   * Looks at all messages. SO_PEEK_OFF makes each look begin where the last has ended. The kernel
   * shows an empty message to one look only, but to those without SO_PEEK_OFF while it is the
   * first; that is why a rehearsal does not look.
   *
   * @param firstBytes length of the first message, if known
   * @param end where a message without bytes is the end of the connection
   */
  void atMessages(int firstBytes, int end, Consumer<ReceivedMessage> messages) {
    int room = Math.max(firstBytes, Short.MAX_VALUE * 8);
    if (before >= 0) {
      set(-1);
    }
    ReceivedMessage message = at(room);
    if (message == null || isEnd(message, 0, end)) {
      return;
    }
    int seen = 0;
    if (message.data().length == 0) {
      messages.accept(message);
    } else {
      close(message);
    }
    while (true) {
      set(seen);
      message = at(room);
      if (message == null || isEnd(message, seen, end)) {
        return;
      }
      messages.accept(message);
      seen += message.data().length;
    }
  }

  /** A peer that has shut down its side looks like an empty message, to the program too. */
  private static boolean isEnd(ReceivedMessage message, int seen, int end) {
    return message.data().length == 0 && seen >= end;
  }

  /** One look; null if nothing is there. */
  ReceivedMessage at(int roomBytes) {
    int room = roomBytes;
    while (true) {
      ReceivedMessage message;
      try {
        message = Socket.recvmsg(fd, room, CONTROL_BYTES, PEEK);
        closePidfd(message);
      } catch (ErrnoException e) {
        if (e.is(Errno.EAGAIN)) {
          return null;
        }
        throw e;
      }
      if ((message.flags() & Socket.MSG_CTRUNC) != 0) {
        close(message);
        throw new DumpException(
            descriptor.subject()
                + ": what belongs to a message that waits in it could not be received whole; raise"
                + " the limit of open files of the dump (ulimit -n)");
      }
      if ((message.flags() & Socket.MSG_TRUNC) == 0) {
        return message;
      }
      close(message);
      room = message.realLength();
      if (room > MAX_MESSAGE_BYTES) {
        throw new UnsupportedException(
            descriptor.subject(), "a message of " + room + " bytes waits in it");
      }
    }
  }

  private static void close(ReceivedMessage message) {
    for (int received : message.descriptors()) {
      Unistd.close(received);
    }
  }

  /** Of the sender, where SO_PASSPIDFD is on. */
  private static void closePidfd(ReceivedMessage message) {
    for (ControlMessage control : message.controlMessages()) {
      if (control.level() == Socket.SOL_SOCKET
          && control.type() == Socket.SCM_PIDFD
          && control.ints()[0] >= 0) {
        Unistd.close(control.ints()[0]);
      }
    }
  }

  @Override
  public void close() {
    if (now() != before) {
      set(before);
    }
  }
}
