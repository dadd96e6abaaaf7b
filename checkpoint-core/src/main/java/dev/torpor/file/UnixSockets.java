// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.SockDiag;
import dev.torpor.linux.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What sock_diag(7) tells of the Unix sockets of the network namespaces that occur in a tree. */
final class UnixSockets {
  /** One socket. */
  static final class State {
    int type;
    int tcpState;
    int ino;
    int peer;
    int shutdown;
    int receiveQueue;
    int writeQueue;
    byte[] name = new byte[0];
    int[] waitingConnections = {};
  }

  private final Map<Long, Map<Integer, State>> byNamespace = new HashMap<>();

  /** The sockets captured so far, by their inodes. */
  final Map<Integer, unix_sk_entry.Builder> captured = new HashMap<>();

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
      listed = InNetNamespace.of(descriptor, UnixSockets::ask);
      byNamespace.put(namespace, listed);
    }
    State state = listed.get(ino);
    if (state == null) {
      throw new DumpException(descriptor.subject() + ": sock_diag does not list this socket");
    }
    return state;
  }

  private static Map<Integer, State> ask() {
    byte[] request = new byte[SockDiag.UnixDiagReq.SIZEOF];
    ByteBuffer.wrap(request)
        .order(ByteOrder.nativeOrder())
        .put(SockDiag.UnixDiagReq.sdiag_family, (byte) Socket.AF_UNIX)
        .putInt(SockDiag.UnixDiagReq.udiag_states, -1)
        .putInt(
            SockDiag.UnixDiagReq.udiag_show,
            SockDiag.UDIAG_SHOW_NAME
                | SockDiag.UDIAG_SHOW_PEER
                | SockDiag.UDIAG_SHOW_ICONS
                | SockDiag.UDIAG_SHOW_RQLEN);
    Map<Integer, State> states = new HashMap<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG)) {
      List<byte[]> messages = netlink.dump("Unix sockets", SockDiag.SOCK_DIAG_BY_FAMILY, request);
      for (byte[] message : messages) {
        State state = parse(message);
        states.put(state.ino, state);
      }
    }
    for (State listener : List.copyOf(states.values())) {
      for (int client : listener.waitingConnections) {
        if (client != 0 && states.containsKey(client)) {
          // As in CRIU's images: nobody has the other end yet.
          states.get(client).peer = listener.ino;
        }
      }
    }
    return states;
  }

  private static int[] ints(ByteBuffer in, int at, int lengthBytes) {
    int[] ints = new int[lengthBytes / Integer.BYTES];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = in.getInt(at + i * Integer.BYTES);
    }
    return ints;
  }

  private static State parse(byte[] message) {
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    State state = new State();
    state.type = in.get(SockDiag.UnixDiagMsg.udiag_type);
    state.tcpState = in.get(SockDiag.UnixDiagMsg.udiag_state);
    state.ino = in.getInt(SockDiag.UnixDiagMsg.udiag_ino);
    int at = SockDiag.UnixDiagMsg.SIZEOF;
    while (at + Netlink.Nlattr.SIZEOF <= message.length) {
      int length = in.getShort(at + Netlink.Nlattr.nla_len) & 0xffff;
      int value = at + Netlink.Nlattr.SIZEOF;
      switch (in.getShort(at + Netlink.Nlattr.nla_type)) {
        case SockDiag.UNIX_DIAG_NAME ->
            state.name = Arrays.copyOfRange(message, value, at + length);
        case SockDiag.UNIX_DIAG_PEER -> state.peer = in.getInt(value);
        case SockDiag.UNIX_DIAG_ICONS ->
            state.waitingConnections = ints(in, value, length - Netlink.Nlattr.SIZEOF);
        case SockDiag.UNIX_DIAG_RQLEN -> {
          state.receiveQueue = in.getInt(value + SockDiag.UnixDiagRqlen.udiag_rqueue);
          state.writeQueue = in.getInt(value + SockDiag.UnixDiagRqlen.udiag_wqueue);
        }
        case SockDiag.UNIX_DIAG_SHUTDOWN -> state.shutdown = in.get(value);
        default -> {}
      }
      at += (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
    }
    return state;
  }
}
