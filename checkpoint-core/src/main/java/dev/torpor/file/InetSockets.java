// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.SockDiag;
import dev.torpor.linux.SockDiag.InetDiagMsg;
import dev.torpor.linux.SockDiag.InetDiagReqV2;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What only sock_diag(7) tells of the TCP and UDP sockets in the network namespaces of a tree. */
final class InetSockets {
  /** By namespace, family and protocol: which directions are shut down, by inode. */
  private final Map<List<Long>, Map<Integer, Integer>> shutdowns = new HashMap<>();

  /** Whether a kernel lists TCP sockets that are bound and no more. */
  private boolean listsBound;

  /** Which directions of a UDP socket are shut down, as {@code sk_shutdown} numbers them. */
  int shutdown(Descriptor socket, int family, int protocol) {
    Integer shutdown = ask(socket, family, protocol).get((int) socket.stat().ino());
    return shutdown == null ? 0 : shutdown;
  }

  /**
   * Whether a closed TCP socket has its port. One whose connection has ended, or never came to be,
   * still shows a port that others may have by now, unless it was bound to it by bind(2). Kernels
   * before Linux 6.8 do not tell: then it is taken to have it.
   */
  boolean hasPort(Descriptor socket, int family) {
    boolean listed = ask(socket, family, Tcp.IPPROTO_TCP).containsKey((int) socket.stat().ino());
    return listed || !listsBound;
  }

  /**
   * How many connections to a listening port have not come as far as its queue. Behind
   * TCP_DEFER_ACCEPT their clients may have them since long.
   */
  static int begun(Descriptor listener, int family, int port) {
    int begun = 0;
    for (byte[] message :
        InNetNamespace.of(
            listener, () -> messages(family, Tcp.IPPROTO_TCP, 1 << Tcp.TCP_SYN_RECV))) {
      if ((ByteBuffer.wrap(message).getShort(InetDiagMsg.idiag_sport) & 0xffff) == port) {
        begun++;
      }
    }
    return begun;
  }

  private Map<Integer, Integer> ask(Descriptor socket, int family, int protocol) {
    List<Long> key = List.of(socket.netNsInode(), (long) family, (long) protocol);
    Map<Integer, Integer> known = shutdowns.get(key);
    if (known == null) {
      known =
          InNetNamespace.of(
              socket,
              () -> protocol == Tcp.IPPROTO_TCP ? askTcp(family) : list(family, protocol, -1));
      shutdowns.put(key, known);
    }
    return known;
  }

  /** Beside a bound socket of our own, which shows whether the kernel lists such ones. */
  private Map<Integer, Integer> askTcp(int family) {
    int own = Socket.socket(family, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, Tcp.IPPROTO_TCP);
    try {
      int ipBytes = family == Socket.AF_INET ? 4 : 16;
      Socket.bind(own, Sockaddr.inet(new byte[ipBytes], 0));
      Map<Integer, Integer> bound = list(family, Tcp.IPPROTO_TCP, 1 << Tcp.TCP_BOUND_INACTIVE);
      listsBound = bound.containsKey((int) FileStat.of(own).ino());
      return bound;
    } finally {
      Unistd.close(own);
    }
  }

  private static Map<Integer, Integer> list(int family, int protocol, int states) {
    Map<Integer, Integer> shutdowns = new HashMap<>();
    for (byte[] message : messages(family, protocol, states)) {
      ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
      shutdowns.put(in.getInt(InetDiagMsg.idiag_inode), shutdown(in));
    }
    return shutdowns;
  }

  private static List<byte[]> messages(int family, int protocol, int states) {
    byte[] request = new byte[InetDiagReqV2.SIZEOF];
    ByteBuffer.wrap(request)
        .order(ByteOrder.nativeOrder())
        .put(InetDiagReqV2.sdiag_family, (byte) family)
        .put(InetDiagReqV2.sdiag_protocol, (byte) protocol)
        .putInt(InetDiagReqV2.idiag_states, states);
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG)) {
      return netlink.dump("internet sockets", SockDiag.SOCK_DIAG_BY_FAMILY, request);
    }
  }

  private static int shutdown(ByteBuffer in) {
    int at = InetDiagMsg.SIZEOF;
    while (at + Netlink.Nlattr.SIZEOF <= in.limit()) {
      int length = in.getShort(at + Netlink.Nlattr.nla_len) & 0xffff;
      if (in.getShort(at + Netlink.Nlattr.nla_type) == SockDiag.INET_DIAG_SHUTDOWN) {
        return in.get(at + Netlink.Nlattr.SIZEOF);
      }
      at += (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
    }
    return 0;
  }
}
