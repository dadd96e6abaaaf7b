// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.tcp_opts_entry;
import dev.torpor.linux.OptionQuestions;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.util.Arrays;

/** Options of tcp(7) that CRIU carries; {@link SocketExtras} has the others. */
final class TcpOptions {
  /** What one capture asks of all, and what the latest gave: most are alike. */
  private static final class Asked {
    private final OptionQuestions questions =
        OptionQuestions.ofInts(
            Socket.SOL_TCP,
            Tcp.TCP_KEEPCNT,
            Tcp.TCP_KEEPIDLE,
            Tcp.TCP_KEEPINTVL,
            Tcp.TCP_NODELAY,
            Tcp.TCP_CORK);
    private byte[] answers;
    private tcp_opts_entry options;

    int get(int option) {
      return questions.number(answers, Socket.SOL_TCP, option);
    }
  }

  private TcpOptions() {}

  static tcp_opts_entry capture(int fd, FileCapture capture) {
    Asked asked = capture.state(Asked.class, Asked::new);
    byte[] answers = asked.questions.ask(fd);
    if (!Arrays.equals(answers, asked.answers)) {
      asked.answers = answers;
      asked.options = capture(asked);
    }
    return asked.options;
  }

  private static tcp_opts_entry capture(Asked asked) {
    tcp_opts_entry.Builder options =
        tcp_opts_entry
            .newBuilder()
            .setKeepcnt(asked.get(Tcp.TCP_KEEPCNT))
            .setKeepidle(asked.get(Tcp.TCP_KEEPIDLE))
            .setKeepintvl(asked.get(Tcp.TCP_KEEPINTVL));
    if (asked.get(Tcp.TCP_NODELAY) != 0) {
      options.setNodelay(true);
    }
    if (asked.get(Tcp.TCP_CORK) != 0) {
      options.setCork(true);
    }
    return options.build();
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
