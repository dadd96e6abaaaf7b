// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.SockDiag;
import dev.torpor.linux.SockDiag.PacketDiagMsg;
import dev.torpor.linux.SockDiag.PacketDiagReq;
import dev.torpor.linux.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What sock_diag(7) tells of the packet sockets of the network namespaces that occur in a tree. */
final class PacketSockets {
  /** One socket. */
  static final class State {
    private int protocol;
    private ByteBuffer info;
    private ByteBuffer memberships = ByteBuffer.allocate(0);
    private boolean ring;
    private boolean fanout;

    /** ETH_P_*, of which SO_PROTOCOL does not tell here. */
    int protocol() {
      return protocol;
    }

    /** One of {@code struct packet_diag_info}. */
    int info(int offset) {
      return info.getInt(offset);
    }

    /** An array of {@code struct packet_diag_mclist}. */
    ByteBuffer memberships() {
      return memberships;
    }

    /** Whether it has one, to receive or to send. */
    boolean hasRing() {
      return ring;
    }

    /**
     * Whether it shares what comes with others; PACKET_FANOUT gives 0 for one kind of that, too.
     */
    boolean hasFanout() {
      return fanout;
    }

    private void take(int type, ByteBuffer value) {
      switch (type) {
        case SockDiag.PACKET_DIAG_INFO -> info = value;
        case SockDiag.PACKET_DIAG_MCLIST -> memberships = value;
        case SockDiag.PACKET_DIAG_RX_RING, SockDiag.PACKET_DIAG_TX_RING -> ring = true;
        case SockDiag.PACKET_DIAG_FANOUT -> fanout = true;
        default -> {}
      }
    }
  }

  private final Map<Long, Map<Integer, State>> byNamespace = new HashMap<>();

  /**
   * The socket behind a descriptor.
   *
   * @throws DumpException if the kernel does not list it
   */
  State of(Descriptor descriptor) {
    long namespace = descriptor.netNsInode();
    int ino = (int) descriptor.stat().ino();
    Map<Integer, State> listed = byNamespace.get(namespace);
    if (listed == null || !listed.containsKey(ino)) {
      // A running task may have made it since.
      listed = InNetNamespace.of(descriptor, PacketSockets::ask);
      byNamespace.put(namespace, listed);
    }
    State state = listed.get(ino);
    if (state == null || state.info == null) {
      throw new DumpException(
          descriptor.subject()
              + ": the kernel does not tell of packet sockets (CONFIG_PACKET_DIAG); load its module"
              + " packet_diag before the dump");
    }
    return state;
  }

  private static Map<Integer, State> ask() {
    byte[] request = new byte[PacketDiagReq.SIZEOF];
    ByteBuffer.wrap(request)
        .order(ByteOrder.nativeOrder())
        .put(PacketDiagReq.sdiag_family, (byte) Socket.AF_PACKET)
        .putInt(
            PacketDiagReq.pdiag_show,
            SockDiag.PACKET_SHOW_INFO
                | SockDiag.PACKET_SHOW_MCLIST
                | SockDiag.PACKET_SHOW_RING_CFG
                | SockDiag.PACKET_SHOW_FANOUT);
    Map<Integer, State> states = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG)) {
      List<byte[]> messages = netlink.dump("packet sockets", SockDiag.SOCK_DIAG_BY_FAMILY, request);
      for (byte[] message : messages) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
        states.put(in.getInt(PacketDiagMsg.pdiag_ino), parse(in));
      }
    }
    return states;
  }

  private static State parse(ByteBuffer in) {
    State state = new State();
    state.protocol = in.getShort(PacketDiagMsg.pdiag_num) & 0xffff;
    int at = PacketDiagMsg.SIZEOF;
    while (at + Netlink.Nlattr.SIZEOF <= in.limit()) {
      int length = in.getShort(at + Netlink.Nlattr.nla_len) & 0xffff;
      ByteBuffer value =
          in.slice(at + Netlink.Nlattr.SIZEOF, length - Netlink.Nlattr.SIZEOF)
              .order(ByteOrder.nativeOrder());
      state.take(in.getShort(at + Netlink.Nlattr.nla_type), value);
      at += (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
    }
    return state;
  }
}
