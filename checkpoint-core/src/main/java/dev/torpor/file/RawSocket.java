// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.ip_opts_entry;
import dev.torpor.image.proto.ip_opts_raw_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.image.proto.tcp_opts_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.StringTokenizer;

/**
 * What is special to raw sockets of IPv4 and IPv6, raw(7), and to those of ICMP that need no
 * privilege (SOCK_DGRAM with IPPROTO_ICMP, icmp(7)). They have no ports, so no call tells whether
 * they are connected: {@code /proc/net/raw} and its neighbours do, which every kernel has (raw
 * sockets are in sock_diag only with CONFIG_INET_RAW_DIAG).
 */
final class RawSocket {
  /** Words of such a line: the peer, the state, and the inode. */
  private static final int REMOTE = 2;

  private static final int STATE = 3;
  private static final int INODE = 9;

  private static final int HEX = 16;

  /** struct icmp6_filter; that of ICMP is one word. */
  private static final int FILTER6_BYTES = 32;

  private RawSocket() {}

  static boolean is(int type, int protocol) {
    return type == Socket.SOCK_RAW || isPing(type, protocol);
  }

  static boolean is(inet_sk_entryOrBuilder socket) {
    return is(socket.getType(), socket.getProto());
  }

  static boolean isPing(int type, int protocol) {
    return type == Socket.SOCK_DGRAM
        && (protocol == Tcp.IPPROTO_ICMP || protocol == Tcp.IPPROTO_ICMPV6);
  }

  /**
   * Captures all that {@link InetSocket} does not of any socket.
   *
   * @throws UnsupportedException if the kernel keeps more for it than it tells
   */
  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    boolean ping = isPing(socket.getType(), socket.getProto());
    String proc = capture.context().proc().root();
    String net = proc + "/thread-self/net/";
    String file = (ping ? "icmp" : "raw") + (socket.getFamily() == Socket.AF_INET6 ? "6" : "");
    List<String> lines = InNetNamespace.of(descriptor, () -> lines(net + file));
    socket.setState(Tcp.TCP_CLOSE).setTcpOpts(tcp_opts_entry.getDefaultInstance());
    if (!findPeer(lines, (int) descriptor.stat().ino(), socket) && !ping) {
      throw new DumpException(descriptor.subject() + ": " + net + file + " does not list it");
    }
    int events = Poll.poll(descriptor.borrowed(), Poll.POLLRDHUP, 0);
    if ((events & (Poll.POLLHUP | Poll.POLLRDHUP)) != 0) {
      socket.setShutdown((events & Poll.POLLHUP) != 0 ? sk_shutdown.BOTH : sk_shutdown.READ);
    }
    if (ping) {
      refuseWithoutGroup(descriptor, proc);
    } else {
      HeldBack.refuse(descriptor);
      refuseRouting(descriptor, socket, net);
    }
  }

  /** A ping socket that was neither bound nor used yet is in no list. */
  private static boolean findPeer(List<String> lines, int ino, inet_sk_entry.Builder socket) {
    for (String line : lines) {
      StringTokenizer tokens = new StringTokenizer(line);
      String[] words = new String[INODE + 1];
      for (int i = 0; i <= INODE && tokens.hasMoreTokens(); i++) {
        words[i] = tokens.nextToken();
      }
      if (words[INODE] == null || !words[INODE].equals(Integer.toUnsignedString(ino))) {
        continue;
      }
      if (Integer.parseInt(words[STATE], HEX) == Tcp.TCP_ESTABLISHED) {
        int colon = words[REMOTE].indexOf(':');
        // Words as numbers of this machine.
        byte[] ip = HexFormat.of().parseHex(words[REMOTE].substring(0, colon));
        ByteBuffer numbers = ByteBuffer.wrap(ip);
        socket.setState(Tcp.TCP_ESTABLISHED).clearDstAddr();
        while (numbers.hasRemaining()) {
          socket.addDstAddr(numbers.getInt());
        }
        socket.setDstPort(Integer.parseInt(words[REMOTE].substring(colon + 1), HEX));
      }
      return true;
    }
    return false;
  }

  private static List<String> lines(String path) {
    try {
      return new String(ProcFs.bytes(path), StandardCharsets.US_ASCII).lines().skip(1).toList();
    } catch (ProcException e) {
      if (e.gone()) {
        return List.of();
      }
      throw e;
    }
  }

  /** No capability helps: the kernel looks at groups only, and a restore has those of root. */
  private static void refuseWithoutGroup(Descriptor descriptor, String proc) {
    String path = proc + "/sys/net/ipv4/ping_group_range";
    String range =
        InNetNamespace.of(
            descriptor, () -> new String(ProcFs.bytes(path), StandardCharsets.US_ASCII));
    StringTokenizer words = new StringTokenizer(range);
    if (!words.nextToken().equals("0")) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a restore, which makes this ICMP socket as group 0, may not: give group 0 the right to"
              + " it (sysctl net.ipv4.ping_group_range) before the dump");
    }
  }

  /** Who routes multicast, or gets what carries a router alert, the kernel does not tell whole. */
  private static void refuseRouting(
      Descriptor descriptor, inet_sk_entry.Builder socket, String net) {
    boolean v6 = socket.getFamily() == Socket.AF_INET6;
    if (socket.getProto() == (v6 ? Tcp.IPPROTO_ICMPV6 : Tcp.IPPROTO_IGMP)) {
      String devices = net + (v6 ? "ip6_mr_vif" : "ip_mr_vif");
      if (!InNetNamespace.of(descriptor, () -> lines(devices)).isEmpty()) {
        throw new UnsupportedException(
            descriptor.subject(),
            "multicast is routed in its network namespace, and it may be the socket that does it"
                + " (MRT_INIT); not carried, end the program that routes before the dump");
      }
    }
    if (v6 && Socket.getInt(descriptor.borrowed(), Socket.SOL_IPV6, Tcp.IPV6_ROUTER_ALERT) != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "it gets packets with a router alert (IPV6_ROUTER_ALERT), and the kernel does not tell"
              + " which; not carried, let the program close it before the dump");
    }
  }

  /** Where CRIU's images have options of raw sockets. */
  static void captureOptions(
      Descriptor descriptor, inet_sk_entryOrBuilder socket, ip_opts_entry.Builder options) {
    if (socket.getType() != Socket.SOCK_RAW) {
      return;
    }
    int fd = descriptor.borrowed();
    ip_opts_raw_entry.Builder raw = options.getRawBuilder();
    boolean v6 = socket.getFamily() == Socket.AF_INET6;
    if (Socket.getInt(fd, IpOptions.level(socket), includesHeader(v6)) != 0) {
      raw.setHdrincl(true);
    }
    if (!v6 && Socket.getInt(fd, Socket.SOL_IP, Tcp.IP_NODEFRAG) != 0) {
      raw.setNodefrag(true);
    }
    if (socket.getProto() == (v6 ? Tcp.IPPROTO_ICMPV6 : Tcp.IPPROTO_ICMP)) {
      int bytes = v6 ? FILTER6_BYTES : Integer.BYTES;
      try (NativeMemory filter = NativeMemory.allocate(bytes)) {
        Socket.getsockopt(fd, filterLevel(v6), Tcp.ICMP_FILTER, filter);
        for (int at = 0; at < bytes; at += Integer.BYTES) {
          raw.addIcmpvFilter(filter.getInt(at));
        }
      }
    }
  }

  private static int includesHeader(boolean v6) {
    return v6 ? Tcp.IPV6_HDRINCL : Tcp.IP_HDRINCL;
  }

  /** ICMPV6_FILTER has the number of ICMP_FILTER. */
  private static int filterLevel(boolean v6) {
    return v6 ? Socket.SOL_ICMPV6 : Socket.SOL_RAW;
  }

  /** Plans them before bind(2), while nothing that a filter drops can have come. */
  static void planOptions(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    ip_opts_raw_entry raw = socket.getIpOpts().getRaw();
    boolean v6 = socket.getFamily() == Socket.AF_INET6;
    if (raw.getIcmpvFilterCount() > 0) {
      int bytes = raw.getIcmpvFilterCount() * Integer.BYTES;
      Data filter = plan.program().reserve(bytes);
      for (int i = 0; i < raw.getIcmpvFilterCount(); i++) {
        filter.putInt(i * Integer.BYTES, raw.getIcmpvFilter(i));
      }
      plan.call(entry, "setsockopt ICMP_FILTER", Nr.SYS_setsockopt)
          .arg(fd)
          .arg(filterLevel(v6))
          .arg(Tcp.ICMP_FILTER)
          .arg(filter)
          .arg(bytes);
    }
    // On a socket of IPPROTO_RAW it is on from the start.
    if (raw.getHdrincl() || socket.getProto() == Tcp.IPPROTO_RAW) {
      int option = includesHeader(v6);
      int value = raw.getHdrincl() ? 1 : 0;
      SocketOptions.setInt(entry, plan, fd, IpOptions.level(socket), option, "IP_HDRINCL", value);
    }
    if (raw.getNodefrag()) {
      SocketOptions.setInt(entry, plan, fd, Socket.SOL_IP, Tcp.IP_NODEFRAG, "IP_NODEFRAG", 1);
    }
  }

  /** What has come and was not received is lost, as the net may lose it. */
  static void warnOfWaiting(Descriptor descriptor, FileCapture capture) {
    int events = Poll.poll(descriptor.borrowed(), Poll.POLLIN, 0);
    if ((events & Poll.POLLIN) != 0) {
      capture.warn(descriptor.subject() + ": packets that wait in it are lost");
    }
    PendingError.warnIfLost(descriptor, capture);
  }

  /** As a refusal or a plan names it. */
  static String describe(inet_sk_entry socket) {
    byte[] local = InetAddress.bytes(socket.getSrcAddrList());
    return (isPing(socket.getType(), socket.getProto()) ? "icmp " : "raw ")
        + InetAddress.show(local)
        + ", protocol "
        + socket.getProto()
        + (isConnected(socket)
            ? ", connected to " + InetAddress.show(InetAddress.bytes(socket.getDstAddrList()))
            : "");
  }

  /** Ports tell nothing here. */
  static boolean isConnected(inet_sk_entryOrBuilder socket) {
    return is(socket) && socket.getState() == Tcp.TCP_ESTABLISHED;
  }
}
