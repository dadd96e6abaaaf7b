// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_datagram_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.util.List;

/**
 * Plans that datagrams which waited in a UDP socket are sent to it again: from a raw socket, with
 * the address that the sender had, which others may have by now. They go over the loopback device
 * without being routed a second time, so no reverse path filter sees them. The socket is bound last
 * of those with its port by then, and not connected yet: that makes it the one which gets them.
 */
final class DatagramQueuePlan {
  /** A socket can ask for one (IP_MINTTL). */
  private static final int HIGHEST_TTL = 255;

  /** To which nobody is likely to be bound; all of 127.0.0.0/8 is this machine. */
  private static final byte[] LOOPBACK = {127, 83, 79, 67};

  private final file_entry entry;
  private final OpenPlan plan;
  private final int fd;

  private DatagramQueuePlan(file_entry entry, OpenPlan plan, int fd) {
    this.entry = entry;
    this.plan = plan;
    this.fd = fd;
  }

  /** Plans it for a socket that is bound. */
  static void plan(file_entry entry, OpenPlan plan, int fd) {
    SocketQueuePlan.Queues queues =
        plan.fact(SocketQueuePlan.Queues.class, () -> SocketQueuePlan.Queues.of(plan.images()));
    List<WithPayload<sk_packet_entry>> packets = queues.of(entry.getId());
    if (!packets.isEmpty()) {
      new DatagramQueuePlan(entry, plan, fd).send(packets);
    }
  }

  private void send(List<WithPayload<sk_packet_entry>> packets) {
    peekFrom(0);
    // A look at an empty one, or behind it, would be one that a later dump does not get.
    boolean looks = true;
    for (WithPayload<sk_packet_entry> packet : packets) {
      looks &= packet.payload().length > 0;
      send(packet.entry().getDatagram(), packet.payload(), looks);
    }
    peekFrom(-1);
  }

  private void peekFrom(int offset) {
    SocketOptions.setInt(
        entry, plan, fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, "SO_PEEK_OFF", offset);
  }

  private void send(inet_datagram_entry datagram, byte[] payload, boolean looks) {
    byte[] from = InetAddress.unmapped(datagram.getIp().toByteArray());
    byte[] to = to(datagram, from.length);
    UdpPacket packet = new UdpPacket(from, datagram.getPort(), to, entry.getIsk().getSrcPort());
    int ttl = datagram.hasTtl() ? datagram.getTtl() : HIGHEST_TTL;
    String what =
        payload.length
            + " bytes that waited in it, from "
            + InetAddress.show(from, datagram.getPort());
    sendRaw(what, packet.bytes(ttl, datagram.getTos(), payload), Sockaddr.inet(to, 0));
    if (looks) {
      plan.call(entry, "look whether they are there: " + what, Nr.SYS_recvfrom)
          .arg(fd)
          .arg(plan.program().reserve(payload.length))
          .arg(payload.length)
          .arg(Socket.MSG_PEEK | Socket.MSG_DONTWAIT)
          .arg(0)
          .arg(0)
          .warnIfItFails();
    }
  }

  private byte[] to(inet_datagram_entry datagram, int addressBytes) {
    if (datagram.hasTo()) {
      return InetAddress.unmapped(datagram.getTo().toByteArray());
    }
    byte[] bound = InetAddress.unmapped(InetAddress.bytes(entry.getIsk().getSrcAddrList()));
    if (!InetAddress.isAny(bound)) {
      return bound;
    }
    if (addressBytes == LOOPBACK.length) {
      return LOOPBACK;
    }
    byte[] loopback = new byte[addressBytes];
    loopback[addressBytes - 1] = 1;
    return loopback;
  }

  private void sendRaw(String what, byte[] packet, byte[] address) {
    Op raw =
        plan.call(entry, "socket", Nr.SYS_socket)
            .arg(Sockaddr.family(address))
            .arg(Socket.SOCK_RAW)
            .arg(Tcp.IPPROTO_RAW);
    plan.call(entry, "send " + what, Nr.SYS_sendto)
        .arg(raw)
        .arg(plan.program().bytes(packet))
        .arg(packet.length)
        .arg(0)
        .arg(plan.program().bytes(address))
        .arg(address.length)
        .warnIfItFails();
    plan.close(entry, raw);
  }
}
