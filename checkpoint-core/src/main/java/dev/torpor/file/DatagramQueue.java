// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.inet_datagram_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.linux.ControlMessage;
import dev.torpor.linux.Poll;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What waits to be received from a UDP socket. A restore sends it again ({@link
 * DatagramQueuePlan}); what that cannot make look as it did is lost, as the net may lose it, with a
 * warning.
 */
final class DatagramQueue {
  private static final int V6_BYTES = 16;

  /** struct in6_pktinfo: the address, then the interface. */
  private static final int PKTINFO6_BYTES = 20;

  private static final int IN_PKTINFO_ADDR = 8;

  private final Descriptor descriptor;
  private final int id;
  private final FileCapture capture;

  private DatagramQueue(Descriptor descriptor, int id, FileCapture capture) {
    this.descriptor = descriptor;
    this.id = id;
    this.capture = capture;
  }

  /** Captures it when the tree stands still. */
  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    if (Rehearsal.of(capture.context())) {
      return;
    }
    if (RawSocket.is(socket)) {
      RawSocket.warnOfWaiting(descriptor, capture);
    } else {
      new DatagramQueue(descriptor, socket.getId(), capture).capture(socket);
    }
  }

  private void capture(inet_sk_entry.Builder socket) {
    PendingError.warnIfLost(descriptor, capture);
    if ((Poll.poll(descriptor.borrowed(), Poll.POLLIN, 0) & Poll.POLLIN) == 0) {
      return;
    }
    if (PendingError.wouldBeTaken(descriptor)) {
      lost("what may wait in it behind that error");
      return;
    }
    String unreachable = unreachable(socket);
    try (QueueLook look = new QueueLook(descriptor)) {
      look.atMessages(0, Integer.MAX_VALUE, message -> add(message, unreachable));
    }
  }

  private void lost(String what) {
    capture.warn(descriptor.subject() + ": " + what + " is lost");
  }

  /** Why nothing can be sent to it over loopback, or null. */
  private static String unreachable(inet_sk_entryOrBuilder socket) {
    if (socket.getProto() != Tcp.IPPROTO_UDP) {
      return "of UDP-Lite";
    }
    if (socket.getOpts().getSoReuseport()) {
      return "others can share its port (SO_REUSEPORT)";
    }
    if (!socket.getOpts().getSoBoundDev().isEmpty()) {
      return "it is bound to a device";
    }
    byte[] ip = InetAddress.bytes(socket.getSrcAddrList());
    boolean foreign = socket.getIpOpts().getAddressMissing() || socket.getIpOpts().getFreebind();
    return foreign && !InetAddress.isLoopback(ip) && !InetAddress.isAny(ip)
        ? "its address may be of another machine"
        : null;
  }

  private void add(ReceivedMessage message, String unreachable) {
    byte[] from = message.address();
    inet_datagram_entry.Builder datagram = inet_datagram_entry.newBuilder();
    String why = unreachable != null ? unreachable : describe(message, datagram);
    if (why != null) {
      String sender =
          from.length == 0
              ? ""
              : " from " + InetAddress.show(Sockaddr.ip(from), Sockaddr.port(from));
      lost("a waiting datagram of " + message.data().length + " bytes" + sender + " (" + why + ")");
      return;
    }
    capture
        .images()
        .add(
            ImageType.SK_QUEUES,
            sk_packet_entry
                .newBuilder()
                .setIdFor(id)
                .setLength(message.data().length)
                .setDatagram(datagram)
                .build(),
            message.data());
  }

  /** Notes all that a program can see of it. Says why that would be something else, or null. */
  private static String describe(ReceivedMessage message, inet_datagram_entry.Builder datagram) {
    byte[] from = message.address();
    if (from.length == 0 || (message.flags() & Socket.MSG_OOB) != 0) {
      return "it has no sender";
    }
    byte[] ip = Sockaddr.ip(from);
    boolean scoped =
        ip.length == V6_BYTES
            && ByteBuffer.wrap(from)
                    .order(ByteOrder.nativeOrder())
                    .getInt(Sockaddr.SockaddrIn6.sin6_scope_id)
                != 0;
    if (scoped) {
      return "its sender has a link-local address";
    }
    datagram.setIp(ByteString.copyFrom(ip)).setPort(Sockaddr.port(from));
    for (ControlMessage control : message.controlMessages()) {
      String why = describe(control, datagram);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  private static String describe(ControlMessage control, inet_datagram_entry.Builder datagram) {
    int level = control.level();
    int type = control.type();
    byte[] payload = control.payload();
    if (level == Socket.SOL_SOCKET) {
      // Time stamps and counters of lost datagrams are new ones.
      return null;
    }
    if (level == Socket.SOL_IP && type == Tcp.IP_PKTINFO) {
      byte[] to = new byte[Integer.BYTES];
      System.arraycopy(payload, IN_PKTINFO_ADDR, to, 0, to.length);
      return to(to, datagram);
    }
    if (level == Socket.SOL_IPV6 && type == Tcp.IPV6_PKTINFO && payload.length == PKTINFO6_BYTES) {
      byte[] to = new byte[V6_BYTES];
      System.arraycopy(payload, 0, to, 0, to.length);
      return to(to, datagram);
    }
    boolean v4 = level == Socket.SOL_IP;
    if (v4 ? type == Tcp.IP_TTL : level == Socket.SOL_IPV6 && type == Tcp.IPV6_HOPLIMIT) {
      datagram.setTtl(control.ints()[0]);
      return null;
    }
    if (v4 ? type == Tcp.IP_TOS : level == Socket.SOL_IPV6 && type == Tcp.IPV6_TCLASS) {
      datagram.setTos(payload[0] & 0xff);
      return null;
    }
    return "the program sees more of it than can be made again";
  }

  private static String to(byte[] address, inet_datagram_entry.Builder datagram) {
    boolean loopback =
        InetAddress.isLoopback(address) || InetAddress.isLoopback(InetAddress.unmapped(address));
    if (!loopback) {
      return "the program sees that it was not sent to a loopback address (IP_PKTINFO)";
    }
    datagram.setTo(ByteString.copyFrom(address));
    return null;
  }
}
