// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.scm_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.linux.ControlMessage;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Poll;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What waits to be received from a Unix socket; captured without taking it out. */
final class SocketQueue {
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

  /** Where it stands among the others only who reads them hears; a look passes it over. */
  private void refuseUrgent() {
    if ((Poll.poll(fd, Poll.POLLPRI, 0) & Poll.POLLPRI) != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "an urgent byte (MSG_OOB) waits in it, which is not carried; let the program read it"
              + " before the dump");
    }
  }

  /** One look sees no further than to bytes that somebody else has sent (SO_PASSCRED). */
  private void captureStream(int waitingBytes) {
    if (waitingBytes == 0) {
      return;
    }
    refuseUrgent();
    int waiting = Ioctl.getInt(fd, Ioctl.FIONREAD, "FIONREAD");
    int seen = 0;
    try (QueueLook look = new QueueLook(descriptor)) {
      while (seen < waiting) {
        look.from(seen);
        ReceivedMessage message = look.at(waiting - seen);
        if (message == null || message.data().length == 0) {
          throw new UnsupportedException(
              descriptor.subject(),
              "of " + waiting + " bytes that wait in it only " + seen + " can be seen; try again");
        }
        boolean rights = message.descriptors().length > 0;
        addPiece(message, rights ? bytesBeforeRights(look, message, seen) : 0);
        seen += message.data().length;
      }
    }
  }

  /**
   * A look goes on to the end of the first buffer of the kernel that has descriptors. Who reads
   * just what was sent before those must not get them.
   */
  private int bytesBeforeRights(QueueLook look, ReceivedMessage message, int seen) {
    look.from(seen);
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

  private void captureMessages(int type, int waitingBytes, boolean atEnd) {
    int end = atEnd && type == Socket.SOCK_SEQPACKET ? waitingBytes : Integer.MAX_VALUE;
    try (QueueLook look = new QueueLook(descriptor)) {
      look.atMessages(waitingBytes, end, message -> addMessage(message, type));
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
