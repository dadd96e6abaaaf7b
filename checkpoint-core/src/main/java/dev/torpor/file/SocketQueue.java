// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Socket;

/** What waits to be received from a Unix socket. */
final class SocketQueue {
  /** No message can be longer than the sender's buffer, which grows to twice of what is set. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private SocketQueue() {}

  /**
   * Captures it without taking it out.
   *
   * @param id of the receiving socket
   * @param atEnd whether nothing can come after what waits (the peer has shut down its side)
   * @throws UnsupportedException for descriptors in flight
   */
  static void capture(
      Descriptor descriptor, int id, int type, boolean atEnd, CapturedImages images) {
    // Told since Linux 5.10.
    String descriptors = descriptor.fdinfo().value("scm_fds");
    if (descriptors != null && !descriptors.equals("0")) {
      throw new UnsupportedException(
          descriptor.subject(),
          descriptors + " descriptors wait to be received (SCM_RIGHTS); not carried yet");
    }
    if (type == Socket.SOCK_STREAM) {
      int waiting = Ioctl.getInt(descriptor.borrowed(), Ioctl.FIONREAD, "FIONREAD");
      byte[] all = peek(descriptor, waiting);
      if (all != null && all.length > 0) {
        add(id, all, images);
      }
      return;
    }
    captureMessages(descriptor, id, atEnd, images);
  }

  /** SO_PEEK_OFF makes each look begin where the last has ended. */
  private static void captureMessages(
      Descriptor descriptor, int id, boolean atEnd, CapturedImages images) {
    int fd = descriptor.borrowed();
    int before = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
    int seen = 0;
    Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, 0);
    try {
      while (true) {
        int waiting = Ioctl.getInt(fd, Ioctl.FIONREAD, "FIONREAD");
        byte[] message = peek(descriptor, Math.max(waiting, Short.MAX_VALUE * 8));
        if (message == null || (message.length == 0 && atEnd)) {
          return;
        }
        if (message.length == 0) {
          throw new UnsupportedException(
              descriptor.subject(), "an empty message waits in it; not carried yet");
        }
        add(id, message, images);
        seen += message.length;
        Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, seen);
      }
    } finally {
      Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, before);
    }
  }

  /** Null if nothing is there. */
  private static byte[] peek(Descriptor descriptor, int roomBytes) {
    int room = roomBytes;
    while (true) {
      ReceivedMessage message;
      try {
        message =
            Socket.recvmsg(
                descriptor.borrowed(),
                room,
                0,
                Socket.MSG_PEEK | Socket.MSG_DONTWAIT | Socket.MSG_TRUNC);
      } catch (ErrnoException e) {
        if (e.is(Errno.EAGAIN)) {
          return null;
        }
        throw e;
      }
      // MSG_CTRUNC only says that credentials (SO_PASSCRED) found no room.
      if ((message.flags() & Socket.MSG_TRUNC) == 0) {
        return message.data();
      }
      room = message.realLength();
      if (room > MAX_MESSAGE_BYTES) {
        throw new UnsupportedException(
            descriptor.subject(), "a message of " + room + " bytes waits in it");
      }
    }
  }

  private static void add(int id, byte[] data, CapturedImages images) {
    images.add(
        ImageType.SK_QUEUES,
        sk_packet_entry.newBuilder().setIdFor(id).setLength(data.length).build(),
        data);
  }
}
