// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.ConnectionLock;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.HeldConnections;
import dev.torpor.tcp.TcpConnection;
import dev.torpor.tcp.TcpRepair;
import dev.torpor.tcp.TcpStates;

/** A TCP socket that has a peer, or waits for one: what a dump takes of it. */
final class TcpCapture {
  private TcpCapture() {}

  /** Whether an entry is that of one. */
  static boolean is(inet_sk_entryOrBuilder socket) {
    return socket.getProto() == Tcp.IPPROTO_TCP
        && socket.getType() == Socket.SOCK_STREAM
        && TcpStates.isConnection(socket.getState());
  }

  /** Both ends. */
  static Connection of(inet_sk_entryOrBuilder socket) {
    return new Connection(
        InetAddress.bytes(socket.getSrcAddrList()),
        socket.getSrcPort(),
        InetAddress.bytes(socket.getDstAddrList()),
        socket.getDstPort());
  }

  static ConnectionOptions options(FileCapture capture) {
    return capture.state(ConnectionOptions.class, () -> ConnectionOptions.NONE);
  }

  /**
   * Takes hold of a connection, so that nothing can come in any more; of one that runs it only asks
   * whether it can be carried.
   *
   * @return the state it is in now
   */
  static int hold(
      Descriptor descriptor, inet_sk_entryOrBuilder socket, int state, FileCapture capture) {
    ConnectionOptions options = options(capture);
    if (options.close()) {
      return state;
    }
    if (!options.established()) {
      throw new UnsupportedException(
          descriptor.subject(),
          "TCP connection from "
              + InetAddress.local(socket)
              + " to "
              + InetAddress.remote(socket)
              + ": give --tcp-established to carry it, or --tcp-close to have it closed");
    }
    TcpRepair.refuseUnreadable(descriptor.subject(), descriptor.borrowed());
    HeldConnections held = capture.context().options().find(HeldConnections.class);
    if (held == null) {
      return state;
    }
    held.hold(
        of(socket),
        descriptor.netNsInode(),
        () -> InNetNamespace.of(descriptor, ConnectionLock::new));
    return TcpRepair.state(descriptor.borrowed());
  }

  /** Writes the image of a connection that is held, if its tree is. */
  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    int fd = descriptor.borrowed();
    boolean atEnd = (Poll.poll(fd, Poll.POLLRDHUP, 0) & Poll.POLLRDHUP) != 0;
    int shutdown = (atEnd ? 1 : 0) | (TcpStates.hasSentFin(socket.getState()) ? 2 : 0);
    if (shutdown != 0) {
      socket.setShutdown(sk_shutdown.forNumber(shutdown));
    }
    HeldConnections held = capture.context().options().find(HeldConnections.class);
    if (held == null || options(capture).close()) {
      return;
    }
    PendingError.warnIfLost(descriptor, capture);
    HeldConnections.Held taken = held.take(fd, of(socket), socket.getState());
    long ino = Integer.toUnsignedLong(socket.getIno());
    capture.afterTasks(
        () -> {
          TcpConnection connection = held.read(descriptor.subject(), taken);
          capture.images().add(ImageType.TCP_STREAM, ino, connection.entry(), connection.queues());
        });
  }
}
