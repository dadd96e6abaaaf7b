// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.scm_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.linux.ControlMessage;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What waits to be received from a Unix socket; captured without taking it out. */
final class SocketQueue {
  /** No message can be longer than the sender's buffer, which grows to twice of what is set. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** As many descriptors as a message can have (SCM_MAX_FD), credentials, a security label. */
  private static final int CONTROL_BYTES = 4096;

  private static final int PEEK =
      Socket.MSG_PEEK | Socket.MSG_DONTWAIT | Socket.MSG_TRUNC | Socket.MSG_CMSG_CLOEXEC;

  /** What was seen of one message, or of one piece of a stream. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Seen(sk_packet_entry.Builder packet, byte[] data, List<Descriptor> rights) {}

  private final Descriptor descriptor;
  private final int fd;
  private final int id;
  private final FileCapture capture;
  private final FilesInFlight inFlight;
  private final List<Seen> queue = new ArrayList<>();

  /**
   * Of one socket.
   *
   * @param id of it in files.img
   */
  SocketQueue(Descriptor descriptor, int id, FileCapture capture) {
    this.descriptor = descriptor;
    this.fd = descriptor.borrowed();
    this.id = id;
    this.capture = capture;
    this.inFlight = capture.state(FilesInFlight.class, FilesInFlight::new);
  }

  /**
   * Captures it.
   *
   * @param waitingBytes in all; of a datagram socket in the first message
   * @param atEnd whether nothing can come after what waits (the peer has shut down its side)
   * @throws UnsupportedException for what cannot be seen, or not be sent again
   */
  void capture(int type, int waitingBytes, boolean atEnd) {
    boolean rehearsal = Rehearsal.of(capture.context());
    if (type == Socket.SOCK_STREAM) {
      captureStream(waitingBytes);
    } else if (!rehearsal) {
      captureMessages(type, waitingBytes, atEnd);
    }
    int rights = 0;
    for (Seen seen : queue) {
      rights += seen.rights.size();
    }
    if (!rehearsal) {
      checkSeen(rights);
    }
    if (rights == 0) {
      write();
    } else {
      capture.afterTasks(this::write);
    }
  }

  /** Their count is told since Linux 5.10. */
  private void checkSeen(int rights) {
    String waiting = descriptor.fdinfo().value("scm_fds");
    if (waiting != null && !waiting.equals(Integer.toString(rights))) {
      throw new UnsupportedException(
          descriptor.subject(),
          "of "
              + waiting
              + " descriptors that wait in it (SCM_RIGHTS) only "
              + rights
              + " can be seen; let the program receive them");
    }
  }

  private void write() {
    for (Seen seen : queue) {
      if (!seen.rights.isEmpty()) {
        scm_entry.Builder rights = scm_entry.newBuilder().setType(Socket.SCM_RIGHTS);
        for (Descriptor file : seen.rights) {
          rights.addRights(capture.captureInFlight(file));
        }
        seen.packet.addScm(rights);
      }
      capture.images().add(ImageType.SK_QUEUES, seen.packet.build(), seen.data);
    }
  }

  /** One look sees no further than to bytes that somebody else has sent (SO_PASSCRED). */
  private void captureStream(int waitingBytes) {
    if (waitingBytes == 0) {
      return;
    }
    int waiting = Ioctl.getInt(fd, Ioctl.FIONREAD, "FIONREAD");
    int before = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
    int seen = 0;
    try {
      while (seen < waiting) {
        if (seen > 0 || before >= 0) {
          peekFrom(seen);
        }
        ReceivedMessage message = peek(waiting - seen);
        if (message == null || message.data().length == 0) {
          throw new UnsupportedException(
              descriptor.subject(),
              "of " + waiting + " bytes that wait in it only " + seen + " can be seen; try again");
        }
        addPiece(message, message.descriptors().length == 0 ? 0 : bytesBeforeRights(message, seen));
        seen += message.data().length;
      }
    } finally {
      if (Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF) != before) {
        peekFrom(before);
      }
    }
  }

  /**
   * A look goes on to the end of the first buffer of the kernel that has descriptors. Who reads
   * just what was sent before those must not get them.
   */
  private int bytesBeforeRights(ReceivedMessage message, int seen) {
    peekFrom(seen);
    return Socket.peekBuffers(fd, message.data().length - 1);
  }

  private void addPiece(ReceivedMessage message, int withoutRights) {
    byte[] data = message.data();
    if (withoutRights > 0) {
      add(message, Arrays.copyOf(data, withoutRights), packet(), List.of());
    }
    byte[] rest = Arrays.copyOfRange(data, withoutRights, data.length);
    add(message, rest, packet(), rights(message));
  }

  /**
   * SO_PEEK_OFF makes each look begin where the last has ended. The kernel shows an empty message
   * to one look only, but to those without SO_PEEK_OFF while it is the first; that is why a
   * rehearsal does not look.
   */
  private void captureMessages(int type, int waitingBytes, boolean atEnd) {
    int end = atEnd && type == Socket.SOCK_SEQPACKET ? waitingBytes : Integer.MAX_VALUE;
    int before = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
    int room = Math.max(waitingBytes, Short.MAX_VALUE * 8);
    try {
      if (before >= 0) {
        peekFrom(-1);
      }
      ReceivedMessage message = peek(room);
      if (message == null || isEnd(message, 0, end)) {
        return;
      }
      int seen = 0;
      if (message.data().length == 0) {
        addMessage(message, type);
      }
      while (true) {
        peekFrom(seen);
        message = peek(room);
        if (message == null || isEnd(message, seen, end)) {
          return;
        }
        addMessage(message, type);
        seen += message.data().length;
      }
    } finally {
      peekFrom(before);
    }
  }

  /** A peer that has shut down its side looks like an empty message, to the program too. */
  private static boolean isEnd(ReceivedMessage message, int seen, int end) {
    return message.data().length == 0 && seen >= end;
  }

  private void peekFrom(int offset) {
    Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, offset);
  }

  /** Null if nothing is there. */
  private ReceivedMessage peek(int roomBytes) {
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

  private void addMessage(ReceivedMessage message, int type) {
    sk_packet_entry.Builder packet = packet();
    if (type == Socket.SOCK_DGRAM) {
      byte[] address = message.address();
      int start = Math.min(Sockaddr.SockaddrUn.sun_path, address.length);
      packet.setSender(ByteString.copyFrom(address, start, address.length - start));
    }
    add(message, message.data(), packet, rights(message));
  }

  private List<Descriptor> rights(ReceivedMessage message) {
    List<Descriptor> rights = new ArrayList<>();
    for (int received : message.descriptors()) {
      rights.add(
          inFlight.keep(Descriptor.inFlight(capture.context().proc(), received, descriptor)));
    }
    return rights;
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

  private sk_packet_entry.Builder packet() {
    return sk_packet_entry.newBuilder().setIdFor(id);
  }

  private void add(
      ReceivedMessage message,
      byte[] data,
      sk_packet_entry.Builder packet,
      List<Descriptor> rights) {
    packet.setLength(data.length);
    for (ControlMessage control : message.controlMessages()) {
      if (control.level() == Socket.SOL_SOCKET && control.type() == Socket.SCM_CREDENTIALS) {
        addCredentials(control.ints(), packet);
      }
    }
    queue.add(new Seen(packet, data, rights));
  }

  /** Shown only where SO_PASSCRED is on. What was sent before it was has none: pid 0. */
  private void addCredentials(int[] ucred, sk_packet_entry.Builder packet) {
    int pid = ucred[0] == 0 ? 0 : capture.context().pids().imagePid(ucred[0]);
    if (pid == 0 && ucred[0] != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a message waits in it with the credentials of process "
              + ucred[0]
              + ", which is not dumped; let the program read it before the dump");
    }
    if (pid != 0) {
      packet.setUcred(sk_ucred_entry.newBuilder().setPid(pid).setUid(ucred[1]).setGid(ucred[2]));
    }
  }
}
