// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.ip_opts_entry;
import dev.torpor.linux.OptionQuestions;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.util.Arrays;

/** Options of ip(7) and ipv6(7). */
final class IpOptions {
  /** What one capture asks of all of a family, and what the latest gave: most are alike. */
  private static class Asked {
    final int level;
    final OptionQuestions questions;
    byte[] answers;
    ip_opts_entry options;

    Asked(int level, int... numbers) {
      this.level = level;
      this.questions = OptionQuestions.ofInts(level, numbers);
    }

    int get(int option) {
      return questions.number(answers, level, option);
    }
  }

  private static final class AskedV4 extends Asked {
    AskedV4() {
      super(Socket.SOL_IP, Tcp.IP_FREEBIND, Tcp.IP_PKTINFO, Tcp.IP_TOS, Tcp.IP_TTL);
    }
  }

  private static final class AskedV6 extends Asked {
    AskedV6() {
      super(Socket.SOL_IPV6, Tcp.IPV6_V6ONLY, Tcp.IPV6_FREEBIND, Tcp.IPV6_RECVPKTINFO);
    }
  }

  private IpOptions() {}

  static void capture(int fd, inet_sk_entry.Builder socket, FileCapture capture) {
    boolean v6 = socket.getFamily() == Socket.AF_INET6;
    Asked asked =
        v6
            ? capture.state(AskedV6.class, AskedV6::new)
            : capture.state(AskedV4.class, AskedV4::new);
    byte[] answers = asked.questions.ask(fd);
    if (!Arrays.equals(answers, asked.answers)) {
      asked.answers = answers;
      asked.options = v6 ? v6(asked) : v4(asked);
    }
    if (v6) {
      socket.setV6Only(asked.get(Tcp.IPV6_V6ONLY) != 0);
    }
    socket.setIpOpts(asked.options);
  }

  private static ip_opts_entry v6(Asked asked) {
    ip_opts_entry.Builder options = ip_opts_entry.newBuilder();
    if (asked.get(Tcp.IPV6_FREEBIND) != 0) {
      options.setFreebind(true);
    }
    if (asked.get(Tcp.IPV6_RECVPKTINFO) != 0) {
      options.setPktinfo(true);
    }
    return options.build();
  }

  private static ip_opts_entry v4(Asked asked) {
    ip_opts_entry.Builder options = ip_opts_entry.newBuilder();
    if (asked.get(Tcp.IP_FREEBIND) != 0) {
      options.setFreebind(true);
    }
    if (asked.get(Tcp.IP_PKTINFO) != 0) {
      options.setPktinfo(true);
    }
    int tos = asked.get(Tcp.IP_TOS);
    if (tos != 0) {
      options.setTos(tos);
    }
    return options.setTtl(asked.get(Tcp.IP_TTL)).build();
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
