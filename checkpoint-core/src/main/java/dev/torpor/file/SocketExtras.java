// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_extra_opt_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.linux.Nr;
import dev.torpor.linux.OptionQuestions;
import dev.torpor.linux.Packet;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import dev.torpor.tcp.TcpStates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Options of sockets that CRIU's images have no field for: tcp(7), ip(7), ipv6(7), socket(7). Those
 * are carried that differ from a new socket's of the same network namespace.
 */
final class SocketExtras {
  private static final int INT = Integer.BYTES;

  /** TCP_CA_NAME_MAX of the kernel, and two keys of TCP_FASTOPEN_KEY_LENGTH. */
  private static final int NAME_BYTES = 16;

  private static final int KEYS_BYTES = 32;

  /** struct sock_txtime, struct so_timestamping. */
  private static final int TWO_INTS = 2 * INT;

  /** include/uapi/linux/net_tstamp.h. */
  private static final int SOF_TIMESTAMPING_OPT_ID = 1 << 7;

  /** Of a TCP socket that has no connection, or none any more. */
  private static final int CLOSED = 1 << 16;

  /** MAX_IPOPTLEN of the kernel. */
  private static final int OPTIONS_BYTES = 40;

  /** When an option can be set, or says what was set and not what the kernel makes of it. */
  private enum When {
    ALWAYS(1),
    /** A connection has a value of its own. Set before bind(2): some cannot be when it listens. */
    WITHOUT_CONNECTION(1 << 1),
    /** A TCP connection leaves its own value behind, even when it is over. Set before bind(2). */
    LISTENING(1 << 2),
    /** A connection moves its value: of one it is set when all else is. */
    MOVED(1 << 3),
    /** Of what TCP accepts they are something else, and cannot be set. */
    DATAGRAMS(1 << 4),
    /** Of IPv6, for the addresses of IPv4 in it; a socket of IPv4 has it in a field of CRIU's. */
    MAPPED(1 << 5),
    BEFORE_BIND(1 << 6);

    private final int bit;

    When(int bit) {
      this.bit = bit;
    }

    int bit(boolean is) {
      return is ? bit : 0;
    }

    boolean isBeforeBind(boolean connection) {
      return this == BEFORE_BIND
          || this == WITHOUT_CONNECTION
          || this == LISTENING
          || (this == MOVED && !connection);
    }
  }

  private record Option(int level, int number, int lengthBytes, When when) {}

  private static final List<Option> OPTIONS =
      List.of(
          new Option(Socket.SOL_IP, Tcp.IP_TRANSPARENT, INT, When.BEFORE_BIND),
          new Option(Socket.SOL_IPV6, Tcp.IPV6_TRANSPARENT, INT, When.BEFORE_BIND),
          // Before SO_BINDTODEVICE, after which no other device can be named.
          new Option(Socket.SOL_IP, Tcp.IP_UNICAST_IF, INT, When.BEFORE_BIND),
          new Option(Socket.SOL_IPV6, Tcp.IPV6_UNICAST_IF, INT, When.BEFORE_BIND),
          new Option(Socket.SOL_IP, Tcp.IP_OPTIONS, OPTIONS_BYTES, When.ALWAYS),
          always(Socket.SOL_IP, Tcp.IP_ROUTER_ALERT),
          // At IPV6 it is refused for ICMPv6, which has it on.
          always(Socket.SOL_RAW, Tcp.IPV6_CHECKSUM),
          always(Socket.SOL_UDPLITE, Tcp.UDPLITE_SEND_CSCOV),
          always(Socket.SOL_UDPLITE, Tcp.UDPLITE_RECV_CSCOV),
          always(Socket.SOL_UDP, Tcp.UDP_CORK),
          always(Socket.SOL_UDP, Tcp.UDP_ENCAP),
          new Option(Socket.SOL_IP, Tcp.IP_TOS, INT, When.MAPPED),
          new Option(Socket.SOL_IP, Tcp.IP_TTL, INT, When.MAPPED),
          new Option(Socket.SOL_IP, Tcp.IP_PKTINFO, INT, When.MAPPED),
          always(Socket.SOL_IP, Tcp.IP_RECVOPTS),
          always(Socket.SOL_IP, Tcp.IP_RETOPTS),
          always(Socket.SOL_IP, Tcp.IP_PASSSEC),
          always(Socket.SOL_IP, Tcp.IP_RECVORIGDSTADDR),
          always(Socket.SOL_IP, Tcp.IP_CHECKSUM),
          always(Socket.SOL_IP, Tcp.IP_RECVFRAGSIZE),
          always(Socket.SOL_IP, Tcp.IP_RECVERR_RFC4884),
          always(Socket.SOL_IP, Tcp.IP_LOCAL_PORT_RANGE),
          always(Socket.SOL_IP, Tcp.IP_MTU_DISCOVER),
          always(Socket.SOL_IP, Tcp.IP_RECVERR),
          always(Socket.SOL_IP, Tcp.IP_RECVTTL),
          always(Socket.SOL_IP, Tcp.IP_RECVTOS),
          always(Socket.SOL_IP, Tcp.IP_MINTTL),
          always(Socket.SOL_IP, Tcp.IP_BIND_ADDRESS_NO_PORT),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_ALL),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_IF),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_TTL),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_LOOP),
          always(Socket.SOL_IPV6, Tcp.IPV6_UNICAST_HOPS),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_HOPS),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_LOOP),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_ALL),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_IF),
          always(Socket.SOL_IPV6, Tcp.IPV6_MTU_DISCOVER),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVERR),
          always(Socket.SOL_IPV6, Tcp.IPV6_TCLASS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVERR_RFC4884),
          always(Socket.SOL_IPV6, Tcp.IPV6_FLOWINFO_SEND),
          always(Socket.SOL_IPV6, Tcp.IPV6_FLOWINFO),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVHOPLIMIT),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVHOPOPTS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVRTHDR),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVDSTOPTS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVPATHMTU),
          always(Socket.SOL_IPV6, Tcp.IPV6_DONTFRAG),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVTCLASS),
          always(Socket.SOL_IPV6, Tcp.IPV6_AUTOFLOWLABEL),
          always(Socket.SOL_IPV6, Tcp.IPV6_ADDR_PREFERENCES),
          always(Socket.SOL_IPV6, Tcp.IPV6_MINHOPCOUNT),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVORIGDSTADDR),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVFRAGSIZE),
          always(Socket.SOL_TCP, Tcp.TCP_SYNCNT),
          always(Socket.SOL_TCP, Tcp.TCP_LINGER2),
          always(Socket.SOL_TCP, Tcp.TCP_USER_TIMEOUT),
          always(Socket.SOL_TCP, Tcp.TCP_THIN_LINEAR_TIMEOUTS),
          always(Socket.SOL_TCP, Tcp.TCP_NOTSENT_LOWAT),
          always(Socket.SOL_TCP, Tcp.TCP_INQ),
          always(Socket.SOL_TCP, Tcp.TCP_TX_DELAY),
          always(Socket.SOL_TCP, Tcp.TCP_QUICKACK),
          always(Socket.SOL_TCP, Tcp.TCP_RTO_MAX_MS),
          always(Socket.SOL_TCP, Tcp.TCP_RTO_MIN_US),
          always(Socket.SOL_TCP, Tcp.TCP_DELACK_MAX_US),
          new Option(Socket.SOL_TCP, Tcp.TCP_CONGESTION, NAME_BYTES, When.ALWAYS),
          listening(Socket.SOL_TCP, Tcp.TCP_MAXSEG),
          without(Socket.SOL_TCP, Tcp.TCP_DEFER_ACCEPT),
          new Option(Socket.SOL_TCP, Tcp.TCP_WINDOW_CLAMP, INT, When.MOVED),
          without(Socket.SOL_TCP, Tcp.TCP_SAVE_SYN),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_CONNECT),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_NO_COOKIE),
          new Option(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_KEY, KEYS_BYTES, When.WITHOUT_CONNECTION),
          always(Socket.SOL_UDP, Tcp.UDP_ENCAP),
          always(Socket.SOL_UDP, Tcp.UDP_SEGMENT),
          always(Socket.SOL_UDP, Tcp.UDP_GRO),
          always(Socket.SOL_UDP, Tcp.UDP_NO_CHECK6_TX),
          always(Socket.SOL_UDP, Tcp.UDP_NO_CHECK6_RX),
          new Option(Socket.SOL_SOCKET, Socket.SO_MAX_PACING_RATE, Long.BYTES, When.ALWAYS),
          listening(Socket.SOL_SOCKET, Socket.SO_INCOMING_CPU),
          always(Socket.SOL_SOCKET, Socket.SO_DEBUG),
          // Those of the old struct timeval before those of the new one, which they turn off.
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMP_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPNS_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMP_NEW),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPNS_NEW),
          new Option(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPING_OLD, TWO_INTS, When.ALWAYS),
          new Option(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPING_NEW, TWO_INTS, When.ALWAYS),
          new Option(Socket.SOL_SOCKET, Socket.SO_TXTIME, TWO_INTS, When.ALWAYS),
          always(Socket.SOL_SOCKET, Socket.SO_RXQ_OVFL),
          always(Socket.SOL_SOCKET, Socket.SO_WIFI_STATUS),
          always(Socket.SOL_SOCKET, Socket.SO_PEEK_OFF),
          always(Socket.SOL_SOCKET, Socket.SO_NOFCS),
          always(Socket.SOL_SOCKET, Socket.SO_SELECT_ERR_QUEUE),
          always(Socket.SOL_SOCKET, Socket.SO_BUSY_POLL),
          always(Socket.SOL_SOCKET, Socket.SO_RCVPRIORITY),
          always(Socket.SOL_SOCKET, Socket.SO_PREFER_BUSY_POLL),
          always(Socket.SOL_SOCKET, Socket.SO_ZEROCOPY),
          always(Socket.SOL_SOCKET, Socket.SO_TXREHASH),
          always(Socket.SOL_SOCKET, Socket.SO_RCVMARK));

  /**
   * Of sockets of other families, of which there can be thousands: those that change what is read.
   */
  private static final List<Option> LOCAL =
      List.of(
          always(Socket.SOL_SOCKET, Socket.SO_PASSPIDFD),
          always(Socket.SOL_SOCKET, Socket.SO_PASSRIGHTS),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMP_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPNS_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_RXQ_OVFL),
          always(Socket.SOL_SOCKET, Socket.SO_PEEK_OFF));

  /** And those of packet sockets alone, packet(7). */
  private static final List<Option> PACKET =
      List.of(
          always(Socket.SOL_PACKET, Packet.PACKET_VNET_HDR_SZ),
          always(Socket.SOL_PACKET, Packet.PACKET_TX_HAS_OFF),
          always(Socket.SOL_PACKET, Packet.PACKET_QDISC_BYPASS),
          always(Socket.SOL_PACKET, Packet.PACKET_IGNORE_OUTGOING));

  /** Which sockets are asked the same. */
  private record Kind(long netNs, int family, int type, int protocol, int states) {
    // Written out: those of a record are made at their first use, in the middle of a dump.
    @Override
    public int hashCode() {
      return states + 31 * (protocol + 31 * (type + 31 * (family + 31 * Long.hashCode(netNs))));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Kind kind
          && kind.netNs == netNs
          && kind.family == family
          && kind.type == type
          && kind.protocol == protocol
          && kind.states == states;
    }
  }

  /** What sockets of a kind are asked, what a new one answers, and what the latest did. */
  private static final class Asked {
    private final List<Option> options;
    private final OptionQuestions questions;
    private final byte[] usual;
    private byte[] answers;
    private List<sk_extra_opt_entry> changed = List.of();

    /** Those of {@code wanted} that a new socket has. */
    Asked(List<Option> wanted, int newSocket) {
      OptionQuestions all = questions(wanted);
      byte[] known = all.ask(newSocket);
      options = new ArrayList<>();
      for (int i = 0; i < wanted.size(); i++) {
        if (all.has(known, i)) {
          options.add(wanted.get(i));
        }
      }
      questions = questions(options);
      usual = questions.ask(newSocket);
      answers = usual;
    }

    private static OptionQuestions questions(List<Option> options) {
      OptionQuestions.Builder questions = new OptionQuestions.Builder();
      for (Option option : options) {
        questions.add(option.level, option.number, option.lengthBytes);
      }
      return questions.build();
    }

    /**
     * Those that differ.
     *
     * @param counts whether what counts bytes can be set
     */
    List<sk_extra_opt_entry> changed(int fd, boolean counts) {
      byte[] latest = questions.ask(fd);
      if (!Arrays.equals(latest, answers)) {
        answers = latest;
        changed = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
          if (!questions.isSame(answers, usual, i)) {
            add(options.get(i), i, counts);
          }
        }
      }
      return changed;
    }

    private void add(Option option, int index, boolean counts) {
      byte[] value = questions.value(answers, index);
      if (value != null && !counts) {
        withoutCounting(option, value);
      }
      if (value != null && !Arrays.equals(value, questions.value(usual, index))) {
        changed.add(entry(option, value));
      }
    }
  }

  /** Of one capture. */
  private static final class AskedOfKinds {
    private final Map<Kind, Asked> known = new HashMap<>();

    /** Whether this is a rehearsal that has been through a socket of this kind. */
    boolean sufficeFor(Kind kind, FileCapture capture) {
      return Rehearsal.of(capture.context()) && known.containsKey(kind);
    }
  }

  private SocketExtras() {}

  private static Option always(int level, int number) {
    return new Option(level, number, INT, When.ALWAYS);
  }

  private static Option without(int level, int number) {
    return new Option(level, number, INT, When.WITHOUT_CONNECTION);
  }

  private static Option listening(int level, int number) {
    return new Option(level, number, INT, When.LISTENING);
  }

  private static Option datagrams(int level, int number) {
    return new Option(level, number, INT, When.DATAGRAMS);
  }

  /** Captures them; a rehearsal, which refuses none, only those of the first socket of a kind. */
  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    AskedOfKinds kinds = capture.state(AskedOfKinds.class, AskedOfKinds::new);
    int states = states(socket);
    Kind kind =
        new Kind(
            descriptor.netNsInode(),
            socket.getFamily(),
            socket.getType(),
            socket.getProto(),
            states);
    if (kinds.sufficeFor(kind, capture)) {
      return;
    }
    Asked asked = kinds.known.get(kind);
    if (asked == null) {
      // Not everybody may make a socket of ICMP; one of UDP has what it has.
      boolean ping = RawSocket.isPing(socket.getType(), socket.getProto());
      int protocol = ping ? Tcp.IPPROTO_UDP : socket.getProto();
      List<Option> options = in(states);
      asked =
          InNetNamespace.of(
              descriptor, () -> ofNew(options, socket.getFamily(), socket.getType(), protocol));
      kinds.known.put(kind, asked);
    }
    socket.addAllExtraOpts(asked.changed(descriptor.borrowed(), (states & CLOSED) == 0));
  }

  /** Those of a socket of Unix or netlink. */
  static List<sk_extra_opt_entry> ofLocal(
      Descriptor descriptor, int family, int type, int protocol, FileCapture capture) {
    Kind kind = new Kind(0, family, 0, protocol, 0);
    return changed(descriptor, kind, type, LOCAL, capture);
  }

  /** Those of a packet socket, of which there are few. */
  static List<sk_extra_opt_entry> ofPacket(Descriptor descriptor, int type, FileCapture capture) {
    List<Option> options = new ArrayList<>(OPTIONS);
    options.addAll(PACKET);
    Kind kind = new Kind(0, Socket.AF_PACKET, type, 0, 0);
    return changed(descriptor, kind, type, options, capture);
  }

  private static List<sk_extra_opt_entry> changed(
      Descriptor descriptor, Kind kind, int type, List<Option> options, FileCapture capture) {
    AskedOfKinds kinds = capture.state(AskedOfKinds.class, AskedOfKinds::new);
    if (kinds.sufficeFor(kind, capture)) {
      return List.of();
    }
    Asked asked = kinds.known.get(kind);
    if (asked == null) {
      asked = ofNew(options, kind.family, type, kind.protocol);
      kinds.known.put(kind, asked);
    }
    return asked.changed(descriptor.borrowed(), true);
  }

  private static sk_extra_opt_entry entry(Option option, byte[] value) {
    return sk_extra_opt_entry
        .newBuilder()
        .setLevel(option.level)
        .setNumber(option.number)
        .setValue(ByteString.copyFrom(value))
        .build();
  }

  /** What counts the bytes of a connection cannot be set where there is none, or none any more. */
  private static void withoutCounting(Option option, byte[] value) {
    boolean stamps =
        option.number == Socket.SO_TIMESTAMPING_OLD || option.number == Socket.SO_TIMESTAMPING_NEW;
    if (option.level == Socket.SOL_SOCKET && stamps) {
      value[0] = (byte) (value[0] & ~SOF_TIMESTAMPING_OPT_ID);
    }
  }

  /** In which cases of {@link When} a socket is, as bits; and {@link #CLOSED}. */
  private static int states(inet_sk_entry.Builder socket) {
    boolean tcp = socket.getType() == Socket.SOCK_STREAM;
    int state = socket.getState();
    int states = When.ALWAYS.bit | When.BEFORE_BIND.bit | When.DATAGRAMS.bit(!tcp);
    states |= When.MAPPED.bit(socket.getFamily() == Socket.AF_INET6);
    states |= When.WITHOUT_CONNECTION.bit(!tcp || !TcpStates.isConnection(state));
    states |= When.LISTENING.bit(!tcp || state == Tcp.TCP_LISTEN || isUnused(socket));
    states |= When.MOVED.bit(!tcp || state != Tcp.TCP_CLOSE || isUnused(socket));
    return tcp && state == Tcp.TCP_CLOSE ? states | CLOSED : states;
  }

  private static List<Option> in(int states) {
    List<Option> options = new ArrayList<>();
    for (Option option : OPTIONS) {
      if ((states & option.when.bit) != 0) {
        options.add(option);
      }
    }
    return options;
  }

  /** Of TCP, and never connected: one whose connection is over counts as shut down. */
  private static boolean isUnused(inet_sk_entry.Builder socket) {
    return socket.getState() == Tcp.TCP_CLOSE && !socket.hasShutdown();
  }

  private static Asked ofNew(List<Option> options, int family, int type, int protocol) {
    int fd = Socket.socket(family, type | Socket.SOCK_CLOEXEC, protocol);
    try {
      return new Asked(options, fd);
    } finally {
      Unistd.close(fd);
    }
  }

  /** Plans what has to come before bind(2). */
  static void planBeforeBind(file_entry entry, OpenPlan plan, int fd) {
    plan(entry, plan, fd, entry.getIsk().getExtraOptsList(), true);
  }

  /**
   * Plans the rest, on a socket that listens or is connected.
   *
   * @throws UnsupportedException for an option that is none of these
   */
  static void plan(file_entry entry, OpenPlan plan, int fd) {
    plan(entry, plan, fd, entry.getIsk().getExtraOptsList(), false);
  }

  /** Plans those of a socket of other families, behind all that is sent to it. */
  static void planLocal(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    plan(entry, plan, fd, options.getExtraOptsList(), false);
  }

  private static void plan(
      file_entry entry,
      OpenPlan plan,
      int fd,
      List<sk_extra_opt_entry> extras,
      boolean beforeBind) {
    boolean connection = TcpCapture.is(entry.getIsk());
    for (sk_extra_opt_entry extra : extras) {
      Option option = find(OPTIONS, extra);
      if (option == null) {
        option = find(LOCAL, extra);
      }
      if (option == null) {
        option = find(PACKET, extra);
      }
      if (option == null) {
        throw new UnsupportedException(
            plan.purpose(entry),
            "socket option "
                + extra.getNumber()
                + " of level "
                + extra.getLevel()
                + " is not carried; restore with the version of Torpor that wrote the image");
      }
      if (option.when.isBeforeBind(connection) == beforeBind) {
        byte[] value = extra.getValue().toByteArray();
        plan.call(
                entry,
                "setsockopt " + extra.getNumber() + " of level " + extra.getLevel(),
                Nr.SYS_setsockopt)
            .arg(fd)
            .arg(extra.getLevel())
            .arg(extra.getNumber())
            .arg(plan.program().bytes(value))
            .arg(value.length);
      }
    }
  }

  private static Option find(List<Option> options, sk_extra_opt_entry extra) {
    for (Option option : options) {
      if (option.level == extra.getLevel() && option.number == extra.getNumber()) {
        return option;
      }
    }
    return null;
  }
}
