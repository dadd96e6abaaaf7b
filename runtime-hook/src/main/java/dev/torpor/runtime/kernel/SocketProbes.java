// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.Nftables;
import dev.torpor.linux.SockDiag;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Features of sockets and of the network. */
final class SocketProbes {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  /** The loopback device is the first of each namespace. */
  private static final int LOOPBACK_INDEX = 1;

  private static final int NO_SUCH_NSID = 0x7fff_fffe;

  /** struct rtgenmsg and struct nfgenmsg, padded as netlink wants it. */
  private static final int GENERIC_HEADER_BYTES = 4;

  private SocketProbes() {}

  /** Something to find out with a socket. */
  @FunctionalInterface
  private interface SocketProbe {
    void use(int fd);
  }

  private static String with(int family, int type, SocketProbe probe) {
    int fd = Socket.socket(family, type | Socket.SOCK_CLOEXEC, 0);
    try {
      probe.use(fd);
      return null;
    } finally {
      Unistd.close(fd);
    }
  }

  static String namespace() {
    return with(
        Socket.AF_UNIX,
        Socket.SOCK_STREAM,
        fd -> Unistd.close(Ioctl.ioctl(fd, Ioctl.SIOCGSKNS, "SIOCGSKNS", 0)));
  }

  /** ENOENT: the kernel knows the question, and this socket has no file. */
  static String unixFile() {
    try {
      return with(
          Socket.AF_UNIX,
          Socket.SOCK_STREAM,
          fd -> Unistd.close(Ioctl.ioctl(fd, Ioctl.SIOCUNIXFILE, "SIOCUNIXFILE", 0)));
    } catch (ErrnoException e) {
      return e.is(Errno.ENOENT) ? null : e.getMessage() + ": Linux 5.9 is needed";
    }
  }

  static String bufferLock() {
    return with(
        Socket.AF_INET,
        Socket.SOCK_STREAM,
        fd -> Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_BUF_LOCK));
  }

  static String freebind() {
    return with(
        Socket.AF_INET6,
        Socket.SOCK_STREAM,
        fd -> Socket.getInt(fd, Tcp.IPPROTO_IPV6, Tcp.IPV6_FREEBIND));
  }

  /** A connection to itself, one half closed, is put into repair mode. */
  static String halfClosedTcp() {
    return with(
        Socket.AF_INET,
        Socket.SOCK_STREAM,
        server -> {
          Socket.bind(server, Sockaddr.inet(LOOPBACK, 0));
          Socket.listen(server, 1);
          int port = Sockaddr.port(Socket.getsockname(server));
          with(
              Socket.AF_INET,
              Socket.SOCK_STREAM,
              client -> {
                Socket.connect(client, Sockaddr.inet(LOOPBACK, port));
                Socket.shutdown(client, Socket.SHUT_WR);
                Socket.setInt(client, Socket.SOL_TCP, Tcp.TCP_REPAIR, 1);
              });
        });
  }

  static String rawDiag() {
    byte[] question = new byte[SockDiag.InetDiagReqV2.SIZEOF];
    question[SockDiag.InetDiagReqV2.sdiag_family] = Socket.AF_INET;
    question[SockDiag.InetDiagReqV2.sdiag_protocol] = (byte) Tcp.IPPROTO_RAW;
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG)) {
      socket.dump("SOCK_DIAG_BY_FAMILY raw", SockDiag.SOCK_DIAG_BY_FAMILY, question);
      return null;
    } catch (ErrnoException e) {
      return e.getMessage() + ": CONFIG_INET_RAW_DIAG is needed";
    }
  }

  static String namespaceId() {
    byte[] question = question(GENERIC_HEADER_BYTES, Netlink.NETNSA_PID, Unistd.getpid());
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      socket.request("RTM_GETNSID", Netlink.RTM_GETNSID, 0, question);
      return null;
    }
  }

  /** A kernel that does not look for the namespace answers with the device of this one. */
  static String linkByNamespaceId() {
    return refuses(
        "IFLA_TARGET_NETNSID",
        Netlink.RTM_GETLINK,
        question(Netlink.Ifinfomsg.SIZEOF, Netlink.IFLA_TARGET_NETNSID, NO_SUCH_NSID));
  }

  /** A kernel that does not know the attribute has nothing to change, and says so. */
  static String newIndex() {
    return refuses(
        "IFLA_NEW_IFINDEX",
        Netlink.RTM_NEWLINK,
        question(Netlink.Ifinfomsg.SIZEOF, Netlink.IFLA_NEW_IFINDEX, -1));
  }

  private static String refuses(String attribute, int type, byte[] question) {
    wrap(question).putInt(Netlink.Ifinfomsg.ifi_index, LOOPBACK_INDEX);
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      socket.request(attribute, type, 0, question);
      return attribute + " is ignored: a newer kernel is needed";
    } catch (ErrnoException e) {
      return e.is(Errno.EINVAL) || e.is(Errno.ERANGE) ? null : e.getMessage();
    }
  }

  static String nftables() {
    int type = Nftables.NFNL_SUBSYS_NFTABLES << Byte.SIZE | Nftables.NFT_MSG_GETGEN;
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_NETFILTER)) {
      socket.request("NFT_MSG_GETGEN", type, 0, new byte[GENERIC_HEADER_BYTES]);
      return null;
    }
  }

  static String unixDiag() {
    byte[] question = new byte[SockDiag.UnixDiagReq.SIZEOF];
    question[0] = Socket.AF_UNIX;
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG)) {
      socket.dump("SOCK_DIAG_BY_FAMILY unix", SockDiag.SOCK_DIAG_BY_FAMILY, question);
      return null;
    }
  }

  /** A request with one attribute of 32 bits behind its header. */
  private static byte[] question(int headerBytes, int attribute, int value) {
    int length = Netlink.Nlattr.SIZEOF + Integer.BYTES;
    byte[] question = new byte[headerBytes + length];
    wrap(question)
        .putShort(headerBytes + Netlink.Nlattr.nla_len, (short) length)
        .putShort(headerBytes + Netlink.Nlattr.nla_type, (short) attribute)
        .putInt(headerBytes + Netlink.Nlattr.SIZEOF, value);
    return question;
  }

  private static ByteBuffer wrap(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}
