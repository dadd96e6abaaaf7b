// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.tcp.TcpRepair;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A TCP socket whose connection is over, and of which the program has still to hear: that it was
 * reset or refused, and what its peer had sent. Nothing sets these, so a restore has them come
 * about: it connects the socket over loopback to a peer of its own, which says the same and ends.
 */
final class EndedConnection {
  private static final List<Errno> CARRIED =
      List.of(Errno.ECONNRESET, Errno.EPIPE, Errno.ECONNREFUSED);

  private static final String WAY_OUT = "; let it read or close the socket before the dump";

  /** So that all that waited has room, whatever the kernel counts for it. */
  private static final int LARGE_BUFFER = 0x3fff_ffff;

  private static final int CHUNK_BYTES = 16 * 1024;
  private static final int POLL_MILLIS = 1000;

  private final file_entry entry;
  private final OpenPlan plan;
  private final inet_sk_entry socket;
  private final int fd;
  private final byte[] unread;

  private EndedConnection(file_entry entry, OpenPlan plan, int fd) {
    this.entry = entry;
    this.plan = plan;
    this.socket = entry.getIsk();
    this.fd = fd;
    this.unread = unread(socket, plan);
  }

  /**
   * Captures what the program has still to hear of a socket in the state CLOSED.
   *
   * @throws UnsupportedException for another error than these, or if the kernel does not tell it
   */
  static void capture(
      Descriptor descriptor, inet_sk_entry.Builder socket, int unreadBytes, FileCapture capture) {
    if (PendingError.waits(descriptor)) {
      captureError(descriptor, socket, capture);
    }
    if (unreadBytes > 0) {
      byte[] unread = TcpRepair.unread(descriptor.subject(), descriptor.borrowed(), unreadBytes);
      if (!Rehearsal.of(capture.context())) {
        long ino = Integer.toUnsignedLong(socket.getIno());
        capture.images().add(ImageType.TCP_STREAM, ino, stream(unreadBytes), unread);
      }
    }
  }

  private static void captureError(
      Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    int error = PendingError.of(descriptor);
    if (CARRIED.stream().anyMatch(carried -> carried.number() == error)) {
      socket.setPendingError(error);
    } else if (error == 0) {
      PendingError.warnIfLost(descriptor, capture);
    } else {
      throw new UnsupportedException(
          descriptor.subject(),
          "its TCP connection has failed or was reset, and the program has not asked for the error"
              + " yet ("
              + (error < 0 ? "which only BPF tells: CAP_BPF, CAP_PERFMON" : Errno.describe(error))
              + "), which cannot be carried"
              + WAY_OUT);
    }
  }

  private static tcp_stream_entry stream(int unreadBytes) {
    return tcp_stream_entry
        .newBuilder()
        .setInqLen(unreadBytes)
        .setInqSeq(0)
        .setOutqLen(0)
        .setOutqSeq(0)
        .setOptMask(0)
        .setSndWscale(0)
        .setMssClamp(0)
        .build();
  }

  private static byte[] unread(inet_sk_entry socket, OpenPlan plan) {
    List<WithPayload<tcp_stream_entry>> found =
        plan.images()
            .withPayload(
                ImageType.TCP_STREAM,
                Integer.toUnsignedLong(socket.getIno()),
                tcp_stream_entry.parser(),
                one -> Math.addExact(one.getInqLen(), one.getOutqLen()));
    return found.isEmpty()
        ? new byte[0]
        : Arrays.copyOf(found.get(0).payload(), found.get(0).entry().getInqLen());
  }

  private static boolean isClosed(inet_sk_entryOrBuilder socket) {
    return socket.getType() == Socket.SOCK_STREAM && socket.getState() == Tcp.TCP_CLOSE;
  }

  /** Whether the program has still to hear something of a connection that an entry had. */
  static boolean is(file_entry entry, OpenPlan plan) {
    inet_sk_entry socket = entry.getIsk();
    return isClosed(socket) && (socket.hasPendingError() || unread(socket, plan).length > 0);
  }

  /** Plans it, of a socket that is open, and bound if it was, but has not all of its options. */
  static void plan(file_entry entry, OpenPlan plan, int fd) {
    new EndedConnection(entry, plan, fd).plan();
  }

  private void plan() {
    if (!socket.getOpts().getSoBoundDev().isEmpty()) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "its connection has ended, of which the program has still to hear, and it is bound to a"
              + " device; not carried"
              + WAY_OUT);
    }
    option(call -> call.arg(fd), Socket.SO_RCVBUFFORCE, "SO_RCVBUFFORCE", LARGE_BUFFER);
    Op listener = socket();
    Data address = bind(listener);
    if (socket.getPendingError() == Errno.ECONNREFUSED.number()) {
      nonblocking(Fcntl.O_NONBLOCK);
      connect(address, -Errno.EINPROGRESS.number());
      await(Poll.POLLERR);
      nonblocking(0);
    } else {
      plan.call(entry, "listen", Nr.SYS_listen).arg(listener).arg(1);
      connect(address, 0);
      Op peer = plan.call(entry, "accept", Nr.SYS_accept4).arg(listener).arg(0).arg(0).arg(0);
      send(peer);
      end(peer);
    }
    plan.call(entry, "close", Nr.SYS_close).arg(listener);
    SocketOptions.plan(entry, plan, fd, socket.getOpts());
    SocketFilter.plan(entry, plan, fd, socket.getOpts());
  }

  private Op socket() {
    return plan.call(entry, "socket", Nr.SYS_socket)
        .arg(socket.getFamily())
        .arg(Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC)
        .arg(Tcp.IPPROTO_TCP);
  }

  /** To a port that is free; gives the address, which is known by then. */
  private Data bind(Op listener) {
    byte[] own = InetAddress.bytes(socket.getSrcAddrList());
    Data address = plan.program().bytes(Sockaddr.inet(InetAddress.loopbackOf(own), 0));
    plan.call(entry, "bind", Nr.SYS_bind).arg(listener).arg(address).arg(address.lengthBytes());
    plan.call(entry, "getsockname", Nr.SYS_getsockname)
        .arg(listener)
        .arg(address)
        .arg(plan.program().reserve(Integer.BYTES).putInt(0, address.lengthBytes()));
    return address;
  }

  private void connect(Data address, int result) {
    plan.call(entry, "connect over loopback", Nr.SYS_connect)
        .arg(fd)
        .arg(address)
        .arg(address.lengthBytes())
        .expect(result)
        .otherwise("it takes the loopback device of its network; is it up?");
  }

  /** A reset would take back what is still on its way. */
  private void send(Op peer) {
    if (unread.length == 0) {
      return;
    }
    option(call -> call.arg(peer), Socket.SO_SNDBUFFORCE, "SO_SNDBUFFORCE", LARGE_BUFFER);
    for (int done = 0; done < unread.length; done += CHUNK_BYTES) {
      int now = Math.min(CHUNK_BYTES, unread.length - done);
      plan.call(entry, "send what was not read", Nr.SYS_sendto)
          .arg(peer)
          .arg(plan.program().bytes(Arrays.copyOfRange(unread, done, done + now)))
          .arg(now)
          .arg(Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL)
          .arg(0)
          .arg(0)
          .expect(now);
    }
    Data come = plan.program().reserve(Long.BYTES);
    Op look =
        plan.call(entry, "ioctl FIONREAD", Nr.SYS_ioctl).arg(fd).arg(Ioctl.FIONREAD).arg(come);
    plan.program().repeat(plan.purpose(entry), look, come, unread.length);
  }

  /** A reset of who has sent its FIN is told as EPIPE; without a reset both ends send theirs. */
  private void end(Op peer) {
    boolean reset = socket.getPendingError() == Errno.ECONNRESET.number();
    if (!reset) {
      plan.call(entry, "shutdown", Nr.SYS_shutdown).arg(peer).arg(Socket.SHUT_WR);
      await(Poll.POLLRDHUP);
    }
    if (socket.hasPendingError()) {
      Data linger = plan.program().reserve(Socket.Linger.SIZEOF).putInt(Socket.Linger.l_onoff, 1);
      plan.call(entry, "setsockopt SO_LINGER", Nr.SYS_setsockopt)
          .arg(peer)
          .arg(Socket.SOL_SOCKET)
          .arg(Socket.SO_LINGER)
          .arg(linger)
          .arg(Socket.Linger.SIZEOF);
      plan.call(entry, "close", Nr.SYS_close).arg(peer);
      await(Poll.POLLERR);
    } else {
      plan.call(entry, "shutdown", Nr.SYS_shutdown).arg(fd).arg(Socket.SHUT_WR);
      await(Poll.POLLHUP);
      plan.call(entry, "close", Nr.SYS_close).arg(peer);
    }
  }

  /** The packet comes by the loopback device, which may take a moment. */
  private void await(int event) {
    Data poll =
        plan.program()
            .reserve(Poll.Pollfd.SIZEOF)
            .putInt(Poll.Pollfd.fd, fd)
            .putShort(Poll.Pollfd.events, event & Poll.POLLRDHUP);
    plan.call(entry, "poll", Nr.SYS_poll)
        .arg(poll)
        .arg(1)
        .arg(POLL_MILLIS)
        .expect(1)
        .otherwise("the end did not come through the loopback device; is it up?");
  }

  private void nonblocking(int flag) {
    plan.call(entry, "fcntl F_SETFL", Nr.SYS_fcntl).arg(fd).arg(Fcntl.F_SETFL).arg(flag);
  }

  private void option(UnaryOperator<Op> descriptor, int option, String name, int value) {
    descriptor
        .apply(plan.call(entry, "setsockopt " + name, Nr.SYS_setsockopt))
        .arg(Socket.SOL_SOCKET)
        .arg(option)
        .arg(plan.program().reserve(Integer.BYTES).putInt(0, value))
        .arg(Integer.BYTES);
  }
}
