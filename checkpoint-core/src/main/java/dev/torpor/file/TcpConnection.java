// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.ConnectionLock;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.HeldConnections;
import dev.torpor.tcp.TcpStates;
import dev.torpor.tcp.TcpStream;

/** A TCP socket that has a peer, or waits for one: what a dump takes of it. */
final class TcpConnection {
  private static final int NAME_BYTES = 16;

  private TcpConnection() {}

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
    refuseUnreadable(descriptor);
    HeldConnections held = capture.context().options().find(HeldConnections.class);
    if (held == null) {
      return state;
    }
    held.hold(
        of(socket),
        SocketOptions.netNsInode(descriptor),
        () -> InNetNamespace.of(descriptor, ConnectionLock::new));
    return state(descriptor.borrowed());
  }

  /** The state of a TCP socket, TCP_*. */
  static int state(int fd) {
    try (NativeMemory info = NativeMemory.allocate(Tcp.TcpInfo.SIZEOF)) {
      Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_INFO, info);
      return info.getByte(Tcp.TcpInfo.tcpi_state);
    }
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
    TcpStream stream = held.read(descriptor.subject(), fd, socket.getState());
    capture
        .images()
        .add(
            ImageType.TCP_STREAM,
            Integer.toUnsignedLong(socket.getIno()),
            stream.entry(),
            stream.queues());
  }

  /** What repair mode does not tell of. */
  private static void refuseUnreadable(Descriptor descriptor) {
    int fd = descriptor.borrowed();
    if ((Poll.poll(fd, Poll.POLLPRI, 0) & Poll.POLLPRI) != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "urgent data (MSG_OOB) waits in it, which is not carried; let the program read it");
    }
    if (peekOffset(fd) >= 0) {
      throw new UnsupportedException(
          descriptor.subject(), "SO_PEEK_OFF is set, which is not carried for TCP");
    }
    String protocol = upperProtocol(fd);
    if (!protocol.isEmpty()) {
      throw new UnsupportedException(
          descriptor.subject(),
          "the kernel's " + protocol + " works on its data (TCP_ULP), which is not carried");
    }
  }

  /** TCP has it since Linux 6.9. */
  private static int peekOffset(int fd) {
    try {
      return Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
    } catch (ErrnoException e) {
      if (e.is(Errno.EOPNOTSUPP)) {
        return -1;
      }
      throw e;
    }
  }

  private static String upperProtocol(int fd) {
    try (NativeMemory name = NativeMemory.allocate(NAME_BYTES)) {
      int length = Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_ULP, name);
      return length == 0 ? "" : name.getString(0);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOPROTOOPT)) {
        return "";
      }
      throw e;
    }
  }
}
