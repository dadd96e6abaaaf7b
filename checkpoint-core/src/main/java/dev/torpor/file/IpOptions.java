// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.ip_opts_entry;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;

/** Options of ip(7) and ipv6(7). */
final class IpOptions {
  private IpOptions() {}

  static void capture(int fd, inet_sk_entry.Builder socket) {
    ip_opts_entry.Builder options = ip_opts_entry.newBuilder();
    if (socket.getFamily() == Socket.AF_INET6) {
      socket.setV6Only(Socket.getInt(fd, Socket.SOL_IPV6, Tcp.IPV6_V6ONLY) != 0);
      if (Socket.getInt(fd, Socket.SOL_IPV6, Tcp.IPV6_FREEBIND) != 0) {
        options.setFreebind(true);
      }
      if (Socket.getInt(fd, Socket.SOL_IPV6, Tcp.IPV6_RECVPKTINFO) != 0) {
        options.setPktinfo(true);
      }
    } else {
      if (Socket.getInt(fd, Socket.SOL_IP, Tcp.IP_FREEBIND) != 0) {
        options.setFreebind(true);
      }
      if (Socket.getInt(fd, Socket.SOL_IP, Tcp.IP_PKTINFO) != 0) {
        options.setPktinfo(true);
      }
      int tos = Socket.getInt(fd, Socket.SOL_IP, Tcp.IP_TOS);
      if (tos != 0) {
        options.setTos(tos);
      }
      options.setTtl(Socket.getInt(fd, Socket.SOL_IP, Tcp.IP_TTL));
    }
    socket.setIpOpts(options);
  }

  static int level(inet_sk_entryOrBuilder socket) {
    return socket.getFamily() == Socket.AF_INET6 ? Socket.SOL_IPV6 : Socket.SOL_IP;
  }

  static int freebind(inet_sk_entryOrBuilder socket) {
    return socket.getFamily() == Socket.AF_INET6 ? Tcp.IPV6_FREEBIND : Tcp.IP_FREEBIND;
  }

  static void plan(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    ip_opts_entry options = socket.getIpOpts();
    boolean v6 = socket.getFamily() == Socket.AF_INET6;
    int level = level(socket);
    // Of a raw socket it cannot be changed, and says nothing.
    if (socket.hasV6Only() && v6 && !RawSocket.is(socket)) {
      set(entry, plan, fd, level, Tcp.IPV6_V6ONLY, "IPV6_V6ONLY", socket.getV6Only() ? 1 : 0);
    }
    if (options.getFreebind()) {
      set(entry, plan, fd, level, freebind(socket), "IP_FREEBIND", 1);
    }
    if (options.getPktinfo()) {
      set(entry, plan, fd, level, v6 ? Tcp.IPV6_RECVPKTINFO : Tcp.IP_PKTINFO, "IP_PKTINFO", 1);
    }
    if (options.hasTos()) {
      set(entry, plan, fd, level, Tcp.IP_TOS, "IP_TOS", options.getTos());
    }
    if (options.hasTtl()) {
      set(entry, plan, fd, level, Tcp.IP_TTL, "IP_TTL", options.getTtl());
    }
  }

  private static void set(
      file_entry entry, OpenPlan plan, int fd, int level, int option, String name, int value) {
    SocketOptions.setInt(entry, plan, fd, level, option, name, value);
  }
}
