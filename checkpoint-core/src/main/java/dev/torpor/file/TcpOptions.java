// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.tcp_opts_entry;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;

/** Options of tcp(7) that CRIU carries; {@link SocketExtras} has the others. */
final class TcpOptions {
  private TcpOptions() {}

  static tcp_opts_entry.Builder capture(int fd) {
    tcp_opts_entry.Builder options =
        tcp_opts_entry
            .newBuilder()
            .setKeepcnt(Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_KEEPCNT))
            .setKeepidle(Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_KEEPIDLE))
            .setKeepintvl(Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_KEEPINTVL));
    if (Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_NODELAY) != 0) {
      options.setNodelay(true);
    }
    if (Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_CORK) != 0) {
      options.setCork(true);
    }
    return options;
  }

  static void plan(file_entry entry, OpenPlan plan, int fd) {
    tcp_opts_entry options = entry.getIsk().getTcpOpts();
    if (options.hasKeepcnt()) {
      set(entry, plan, fd, Tcp.TCP_KEEPCNT, "TCP_KEEPCNT", options.getKeepcnt());
    }
    if (options.hasKeepidle()) {
      set(entry, plan, fd, Tcp.TCP_KEEPIDLE, "TCP_KEEPIDLE", options.getKeepidle());
    }
    if (options.hasKeepintvl()) {
      set(entry, plan, fd, Tcp.TCP_KEEPINTVL, "TCP_KEEPINTVL", options.getKeepintvl());
    }
    if (options.getNodelay()) {
      set(entry, plan, fd, Tcp.TCP_NODELAY, "TCP_NODELAY", 1);
    }
    if (options.getCork()) {
      set(entry, plan, fd, Tcp.TCP_CORK, "TCP_CORK", 1);
    }
  }

  private static void set(
      file_entry entry, OpenPlan plan, int fd, int option, String name, int value) {
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_TCP, option, name, value);
  }
}
