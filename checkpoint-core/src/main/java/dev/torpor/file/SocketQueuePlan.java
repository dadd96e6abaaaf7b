// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.scm_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.ControlMessage;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Plans that what waited in a Unix socket is sent to it again. */
final class SocketQueuePlan {
  /** More than what the kernel adds to a message. */
  private static final int ROOM_BYTES = 65536;

  private final OpenPlan plan;
  private final UnixNamePlan names;

  SocketQueuePlan(OpenPlan plan, UnixNamePlan names) {
    this.plan = plan;
    this.names = names;
  }

  /** The messages of all sockets, by the ids of these, each in their order. */
  record Queues(Map<Integer, List<WithPayload<sk_packet_entry>>> byId) {
    static Queues of(ImageStore images) {
      Map<Integer, List<WithPayload<sk_packet_entry>>> byId = new HashMap<>();
      for (WithPayload<sk_packet_entry> packet :
          images.withPayload(
              ImageType.SK_QUEUES, sk_packet_entry.parser(), sk_packet_entry::getLength)) {
        byId.computeIfAbsent(packet.entry().getIdFor(), id -> new ArrayList<>()).add(packet);
      }
      return new Queues(byId);
    }

    /** Those of one socket. */
    List<WithPayload<sk_packet_entry>> of(int id) {
      return byId.getOrDefault(id, List.of());
    }

    /** The files that wait in a socket to be received, by their ids. */
    List<Integer> inFlight(int id) {
      List<Integer> files = new ArrayList<>();
      for (WithPayload<sk_packet_entry> packet : of(id)) {
        for (scm_entry scm : packet.entry().getScmList()) {
          files.addAll(scm.getRightsList());
        }
      }
      return files;
    }

    /** Those whose sender had a name. */
    List<sk_packet_entry> named() {
      List<sk_packet_entry> named = new ArrayList<>();
      for (List<WithPayload<sk_packet_entry>> packets : byId.values()) {
        for (WithPayload<sk_packet_entry> packet : packets) {
          if (!packet.entry().getSender().isEmpty()) {
            named.add(packet.entry());
          }
        }
      }
      return named;
    }
  }

  /** The messages, the first first. */
  List<WithPayload<sk_packet_entry>> of(file_entry entry) {
    Queues queues = plan.fact(Queues.class, () -> Queues.of(plan.images()));
    return queues.of(entry.getId());
  }

  /** Whether one sender, with this name, can have sent all of it. Images of CRIU do not tell. */
  boolean areFrom(file_entry entry, ByteString name) {
    for (WithPayload<sk_packet_entry> packet : of(entry)) {
      if (packet.entry().hasSender() && !packet.entry().getSender().equals(name)) {
        return false;
      }
    }
    return true;
  }

  /** The name of who has sent the first message, empty if it had none. */
  ByteString firstSender(file_entry entry) {
    List<WithPayload<sk_packet_entry>> packets = of(entry);
    return packets.isEmpty() ? ByteString.EMPTY : packets.get(0).entry().getSender();
  }

  /** Sends all of it from a socket that is connected to the one it waited in. */
  void send(file_entry entry, UnaryOperator<Op> from, ByteString name) {
    if (!areFrom(entry, name)) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "a message waits in it that another has sent than the socket it is connected to; not"
              + " carried, let the program read it before the dump");
    }
    for (WithPayload<sk_packet_entry> packet : of(entry)) {
      send(entry, from, packet, null);
    }
  }

  /** Sends what waited for a socket that has no descriptor yet, {@code id} of its queue. */
  void sendAll(file_entry listener, UnaryOperator<Op> from, int id) {
    Queues queues = plan.fact(Queues.class, () -> Queues.of(plan.images()));
    for (WithPayload<sk_packet_entry> packet : queues.of(id)) {
      send(listener, from, packet, null);
    }
  }

  /** Sends one message; {@code to} is null where the sender is connected. */
  private void send(
      file_entry entry, UnaryOperator<Op> from, WithPayload<sk_packet_entry> packet, Data to) {
    byte[] payload = packet.payload();
    Data iov =
        plan.program()
            .reserve(ProcessVm.Iovec.SIZEOF)
            .putPointer(ProcessVm.Iovec.iov_base, plan.program().bytes(payload))
            .putLong(ProcessVm.Iovec.iov_len, payload.length);
    Data message =
        plan.program()
            .reserve(Socket.Msghdr.SIZEOF)
            .putPointer(Socket.Msghdr.msg_iov, iov)
            .putLong(Socket.Msghdr.msg_iovlen, 1);
    if (to != null) {
      message.putPointer(Socket.Msghdr.msg_name, to);
      message.putInt(Socket.Msghdr.msg_namelen, to.lengthBytes());
    }
    byte[] control = control(entry, packet.entry());
    if (control.length > 0) {
      message.putPointer(Socket.Msghdr.msg_control, plan.program().bytes(control));
      message.putLong(Socket.Msghdr.msg_controllen, control.length);
    }
    from.apply(plan.call(entry, "send what waited in it", Nr.SYS_sendmsg))
        .arg(message)
        .arg(0)
        .expect(payload.length);
  }

  private byte[] control(file_entry entry, sk_packet_entry packet) {
    List<ControlMessage> messages = new ArrayList<>();
    if (packet.hasUcred()) {
      messages.add(credentials(entry, packet.getUcred()));
    }
    for (scm_entry scm : packet.getScmList()) {
      if (scm.getType() != Socket.SCM_RIGHTS) {
        throw new UnsupportedException(
            plan.purpose(entry),
            "a message waits in it with a control message of type " + scm.getType());
      }
      int[] fds = new int[scm.getRightsCount()];
      for (int i = 0; i < fds.length; i++) {
        fds[i] = plan.numberOf(scm.getRights(i));
      }
      messages.add(ControlMessage.rights(fds));
    }
    return ControlMessage.encode(messages.toArray(new ControlMessage[0]));
  }

  /** The kernel takes those of tasks that exist. Descendants of who sends do not yet. */
  private ControlMessage credentials(file_entry entry, sk_ucred_entry ucred) {
    if (!plan.existsByNow(ucred.getPid())) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "a message waits in it with the credentials of task "
              + ucred.getPid()
              + ", which a restore starts later than it must send it; not carried, let the program"
              + " read it before the dump");
    }
    return ControlMessage.credentials(ucred.getPid(), ucred.getUid(), ucred.getGid());
  }

  /**
   * Sends all of it to a socket that has a name, from those of the group that have sent it or from
   * passers-by with their names.
   *
   * @param living gives who of the group has an abstract name, or null
   */
  void sendToName(file_entry entry, Function<ByteString, UnaryOperator<Op>> living) {
    for (WithPayload<sk_packet_entry> packet : of(entry)) {
      ByteString name = packet.entry().getSender();
      UnaryOperator<Op> sender = name.isEmpty() ? null : living.apply(name);
      Op passerBy = sender == null ? passerBy(entry, packet) : null;
      Data address = names.enter(entry, entry);
      send(entry, sender == null ? call -> call.arg(passerBy) : sender, packet, address);
      names.leave(entry, entry);
      if (passerBy != null) {
        plan.close(entry, passerBy);
      }
    }
  }

  private Op passerBy(file_entry entry, WithPayload<sk_packet_entry> packet) {
    Op socket =
        plan.call(entry, "socket", Nr.SYS_socket)
            .arg(Socket.AF_UNIX)
            .arg(entry.getUsk().getType())
            .arg(0);
    plan.call(entry, "setsockopt SO_SNDBUFFORCE", Nr.SYS_setsockopt)
        .arg(socket)
        .arg(Socket.SOL_SOCKET)
        .arg(Socket.SO_SNDBUFFORCE)
        .arg(plan.program().reserve(4).putInt(0, ROOM_BYTES + packet.payload().length))
        .arg(4);
    ByteString name = packet.entry().getSender();
    if (!name.isEmpty()) {
      names.bindPasserBy(entry, call -> call.arg(socket), name.toByteArray());
    }
    return socket;
  }
}
