// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_extra_opt_entry;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import dev.torpor.tcp.TcpStates;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Options of internet sockets that CRIU's images have no field for: tcp(7), ip(7), ipv6(7),
 * socket(7). Those are carried that differ from a new socket's of the same network namespace.
 */
final class SocketExtras {
  private static final int INT = Integer.BYTES;

  /** TCP_CA_NAME_MAX of the kernel, and two keys of TCP_FASTOPEN_KEY_LENGTH. */
  private static final int NAME_BYTES = 16;

  private static final int KEYS_BYTES = 32;

  /** When an option can be set, or says what was set and not what the kernel makes of it. */
  private enum When {
    ALWAYS,
    /** A connection has a value of its own. Set before bind(2): some cannot be when it listens. */
    WITHOUT_CONNECTION,
    /** A connection leaves its own value behind, even when it is over. Set before bind(2). */
    LISTENING,
    /** Of what TCP accepts they are something else, and cannot be set. */
    DATAGRAMS,
    BEFORE_BIND;

    boolean isBeforeBind() {
      return this == BEFORE_BIND || this == WITHOUT_CONNECTION || this == LISTENING;
    }
  }

  private record Option(int level, int number, int lengthBytes, When when) {}

  private static final List<Option> OPTIONS =
      List.of(
          new Option(Socket.SOL_IP, Tcp.IP_TRANSPARENT, INT, When.BEFORE_BIND),
          new Option(Socket.SOL_IPV6, Tcp.IPV6_TRANSPARENT, INT, When.BEFORE_BIND),
          always(Socket.SOL_IP, Tcp.IP_MTU_DISCOVER),
          always(Socket.SOL_IP, Tcp.IP_RECVERR),
          always(Socket.SOL_IP, Tcp.IP_RECVTTL),
          always(Socket.SOL_IP, Tcp.IP_RECVTOS),
          always(Socket.SOL_IP, Tcp.IP_MINTTL),
          always(Socket.SOL_IP, Tcp.IP_BIND_ADDRESS_NO_PORT),
          always(Socket.SOL_IP, Tcp.IP_RECVOPTS),
          always(Socket.SOL_IP, Tcp.IP_RETOPTS),
          always(Socket.SOL_IP, Tcp.IP_PASSSEC),
          always(Socket.SOL_IP, Tcp.IP_RECVORIGDSTADDR),
          always(Socket.SOL_IP, Tcp.IP_CHECKSUM),
          always(Socket.SOL_IP, Tcp.IP_RECVFRAGSIZE),
          always(Socket.SOL_IP, Tcp.IP_RECVERR_RFC4884),
          always(Socket.SOL_IP, Tcp.IP_UNICAST_IF),
          always(Socket.SOL_IP, Tcp.IP_LOCAL_PORT_RANGE),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_ALL),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_IF),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_TTL),
          datagrams(Socket.SOL_IP, Tcp.IP_MULTICAST_LOOP),
          always(Socket.SOL_IPV6, Tcp.IPV6_UNICAST_HOPS),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_HOPS),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_LOOP),
          always(Socket.SOL_IPV6, Tcp.IPV6_MTU_DISCOVER),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVERR),
          always(Socket.SOL_IPV6, Tcp.IPV6_TCLASS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVERR_RFC4884),
          always(Socket.SOL_IPV6, Tcp.IPV6_FLOWINFO),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVHOPLIMIT),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVHOPOPTS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVRTHDR),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVDSTOPTS),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVPATHMTU),
          always(Socket.SOL_IPV6, Tcp.IPV6_DONTFRAG),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVTCLASS),
          always(Socket.SOL_IPV6, Tcp.IPV6_AUTOFLOWLABEL),
          always(Socket.SOL_IPV6, Tcp.IPV6_MINHOPCOUNT),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVORIGDSTADDR),
          always(Socket.SOL_IPV6, Tcp.IPV6_UNICAST_IF),
          always(Socket.SOL_IPV6, Tcp.IPV6_RECVFRAGSIZE),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_ALL),
          datagrams(Socket.SOL_IPV6, Tcp.IPV6_MULTICAST_IF),
          always(Socket.SOL_TCP, Tcp.TCP_SYNCNT),
          always(Socket.SOL_TCP, Tcp.TCP_LINGER2),
          always(Socket.SOL_TCP, Tcp.TCP_USER_TIMEOUT),
          always(Socket.SOL_TCP, Tcp.TCP_THIN_LINEAR_TIMEOUTS),
          always(Socket.SOL_TCP, Tcp.TCP_NOTSENT_LOWAT),
          always(Socket.SOL_TCP, Tcp.TCP_INQ),
          always(Socket.SOL_TCP, Tcp.TCP_TX_DELAY),
          new Option(Socket.SOL_TCP, Tcp.TCP_CONGESTION, NAME_BYTES, When.ALWAYS),
          listening(Socket.SOL_TCP, Tcp.TCP_MAXSEG),
          without(Socket.SOL_TCP, Tcp.TCP_DEFER_ACCEPT),
          listening(Socket.SOL_TCP, Tcp.TCP_WINDOW_CLAMP),
          without(Socket.SOL_TCP, Tcp.TCP_SAVE_SYN),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_CONNECT),
          without(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_NO_COOKIE),
          new Option(Socket.SOL_TCP, Tcp.TCP_FASTOPEN_KEY, KEYS_BYTES, When.WITHOUT_CONNECTION),
          always(Socket.SOL_UDP, Tcp.UDP_SEGMENT),
          always(Socket.SOL_UDP, Tcp.UDP_GRO),
          always(Socket.SOL_UDP, Tcp.UDP_NO_CHECK6_TX),
          always(Socket.SOL_UDP, Tcp.UDP_NO_CHECK6_RX),
          new Option(Socket.SOL_SOCKET, Socket.SO_MAX_PACING_RATE, Long.BYTES, When.ALWAYS),
          listening(Socket.SOL_SOCKET, Socket.SO_INCOMING_CPU),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMP_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPNS_OLD),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMP_NEW),
          always(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPNS_NEW),
          datagrams(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPING_OLD),
          datagrams(Socket.SOL_SOCKET, Socket.SO_TIMESTAMPING_NEW),
          always(Socket.SOL_SOCKET, Socket.SO_RXQ_OVFL),
          always(Socket.SOL_SOCKET, Socket.SO_SELECT_ERR_QUEUE),
          always(Socket.SOL_SOCKET, Socket.SO_BUSY_POLL),
          datagrams(Socket.SOL_SOCKET, Socket.SO_PEEK_OFF),
          new Option(Socket.SOL_SOCKET, Socket.SO_TXTIME, Long.BYTES, When.DATAGRAMS),
          always(Socket.SOL_SOCKET, Socket.SO_RCVPRIORITY),
          always(Socket.SOL_SOCKET, Socket.SO_PREFER_BUSY_POLL),
          always(Socket.SOL_SOCKET, Socket.SO_ZEROCOPY),
          always(Socket.SOL_SOCKET, Socket.SO_TXREHASH),
          always(Socket.SOL_SOCKET, Socket.SO_RCVMARK));

  /** What new sockets have: by network namespace, family, and protocol. */
  private static final class Defaults {
    private final Map<List<Long>, Map<Option, byte[]>> known = new HashMap<>();
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

  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    Map<Option, byte[]> usual = usual(descriptor, socket, capture);
    for (Option option : OPTIONS) {
      byte[] before = usual.get(option);
      if (before == null || !isSet(option, socket)) {
        continue;
      }
      byte[] value = get(descriptor.borrowed(), option);
      if (value != null && !Arrays.equals(value, before)) {
        socket.addExtraOpts(
            sk_extra_opt_entry
                .newBuilder()
                .setLevel(option.level)
                .setNumber(option.number)
                .setValue(ByteString.copyFrom(value)));
      }
    }
  }

  private static boolean isSet(Option option, inet_sk_entry.Builder socket) {
    boolean tcp = socket.getProto() == Tcp.IPPROTO_TCP;
    return switch (option.when) {
      case ALWAYS, BEFORE_BIND -> true;
      case WITHOUT_CONNECTION -> !tcp || !TcpStates.isConnection(socket.getState());
      case LISTENING -> tcp && socket.getState() == Tcp.TCP_LISTEN;
      case DATAGRAMS -> !tcp;
    };
  }

  private static Map<Option, byte[]> usual(
      Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    Map<List<Long>, Map<Option, byte[]>> known = capture.state(Defaults.class, Defaults::new).known;
    List<Long> key =
        List.of(
            SocketOptions.netNsInode(descriptor),
            (long) socket.getFamily(),
            (long) socket.getProto());
    Map<Option, byte[]> usual = known.get(key);
    if (usual == null) {
      int type = socket.getType() | Socket.SOCK_CLOEXEC;
      usual =
          InNetNamespace.of(descriptor, () -> ofNew(socket.getFamily(), type, socket.getProto()));
      known.put(key, usual);
    }
    return usual;
  }

  private static Map<Option, byte[]> ofNew(int family, int type, int protocol) {
    int fd = Socket.socket(family, type, protocol);
    try {
      Map<Option, byte[]> values = new HashMap<>();
      for (Option option : OPTIONS) {
        byte[] value = get(fd, option);
        if (value != null) {
          values.put(option, value);
        }
      }
      return values;
    } finally {
      Unistd.close(fd);
    }
  }

  /** Null if a socket of this kind, or this kernel, does not have it. */
  private static byte[] get(int fd, Option option) {
    try (NativeMemory value = NativeMemory.allocate(option.lengthBytes)) {
      int length = Socket.getsockopt(fd, option.level, option.number, value);
      return value.getBytes(0, Math.min(length, option.lengthBytes));
    } catch (ErrnoException e) {
      return null;
    }
  }

  /** Plans what has to come before bind(2). */
  static void planBeforeBind(file_entry entry, OpenPlan plan, int fd) {
    plan(entry, plan, fd, true);
  }

  /**
   * Plans the rest, on a socket that listens or is connected.
   *
   * @throws UnsupportedException for an option that is none of these
   */
  static void plan(file_entry entry, OpenPlan plan, int fd) {
    plan(entry, plan, fd, false);
  }

  private static void plan(file_entry entry, OpenPlan plan, int fd, boolean beforeBind) {
    for (sk_extra_opt_entry extra : entry.getIsk().getExtraOptsList()) {
      Option option = find(extra);
      if (option == null) {
        throw new UnsupportedException(
            plan.purpose(entry),
            "socket option "
                + extra.getNumber()
                + " of level "
                + extra.getLevel()
                + " is not carried; restore with the version of Torpor that wrote the image");
      }
      if (option.when.isBeforeBind() == beforeBind) {
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

  private static Option find(sk_extra_opt_entry extra) {
    for (Option option : OPTIONS) {
      if (option.level == extra.getLevel() && option.number == extra.getNumber()) {
        return option;
      }
    }
    return null;
  }
}
