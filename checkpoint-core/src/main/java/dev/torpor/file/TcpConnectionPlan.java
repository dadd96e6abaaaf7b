// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Tcp.TcpRepairOpt;
import dev.torpor.linux.Tcp.TcpRepairWindow;
import dev.torpor.plan.Step;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.PeerPacket;
import dev.torpor.tcp.TcpStates;
import java.util.Arrays;
import java.util.List;

/**
 * Makes a connection anew in repair mode, in which the kernel believes what it is told
 * (net/ipv4/tcp.c), and leaves it there until the network is unlocked. What is to be told when is
 * as in CRIU's soccr/soccr.c.
 */
final class TcpConnectionPlan {
  /** Twice this is what the kernel makes of it: all that waits must have room. */
  private static final int LARGE_BUFFER = 0x3fff_ffff;

  /** One packet of the receive queue has so much in pages at most (tcp_send_rcvq). */
  private static final int CHUNK_BYTES = 16 * 1024;

  private static final int SCALE_SHIFT = 16;
  private static final int POLL_MILLIS = 1000;
  private static final int OPTIONS = 4;

  private final file_entry entry;
  private final OpenPlan plan;
  private final inet_sk_entry socket;
  private final int fd;
  private final int state;
  private final tcp_stream_entry stream;
  private final byte[] queues;

  /** Of a socket that is open at {@code fd}, and has its options but for the sizes of buffers. */
  TcpConnectionPlan(file_entry entry, OpenPlan plan, int fd) {
    this.entry = entry;
    this.plan = plan;
    this.socket = entry.getIsk();
    this.fd = fd;
    this.state = socket.getState();
    WithPayload<tcp_stream_entry> image = image();
    this.stream = image.entry();
    this.queues = image.payload();
  }

  /** Turns repair mode on: before it is bound, for it may share its port with any other. */
  void begin() {
    check();
    repair(Tcp.TCP_REPAIR_ON);
    setSocket(Socket.SO_SNDBUFFORCE, "SO_SNDBUFFORCE", LARGE_BUFFER);
    setSocket(Socket.SO_RCVBUFFORCE, "SO_RCVBUFFORCE", LARGE_BUFFER);
  }

  private WithPayload<tcp_stream_entry> image() {
    long id = Integer.toUnsignedLong(socket.getIno());
    List<WithPayload<tcp_stream_entry>> found =
        plan.images()
            .withPayload(
                ImageType.TCP_STREAM,
                id,
                tcp_stream_entry.parser(),
                one -> Math.addExact(one.getInqLen(), one.getOutqLen()));
    if (found.isEmpty()) {
      throw ImageException.missing(
          plan.images().file(ImageType.TCP_STREAM, id), ImageType.TCP_STREAM);
    }
    return found.get(0);
  }

  private void check() {
    if (stream.getUnsqLen() < 0 || stream.getUnsqLen() > stream.getOutqLen()) {
      throw new UnsupportedException(
          plan.purpose(entry), "more is unsent than waits to be sent; the image is damaged");
    }
    if (wantsPeerPacket() && !socket.getOpts().getSoBoundDev().isEmpty()) {
      throw new UnsupportedException(
          plan.purpose(entry),
          TcpStates.name(state) + " of a socket that is bound to a device is not carried");
    }
  }

  private boolean wantsPeerPacket() {
    return TcpStates.hasReceivedFin(state) || state == Tcp.TCP_FIN_WAIT2;
  }

  /** All that makes it the connection it was, when it is bound. */
  void connect() {
    int finIn = TcpStates.hasReceivedFin(state) ? 1 : 0;
    int finOut = TcpStates.hasSentFin(state) ? 1 : 0;
    int syn = state == Tcp.TCP_SYN_SENT ? 1 : 0;
    int received = stream.getInqSeq() - finIn;
    int written = stream.getOutqSeq() - finOut;
    sequence(Tcp.TCP_RECV_QUEUE, received - stream.getInqLen());
    sequence(Tcp.TCP_SEND_QUEUE, written - stream.getOutqLen() - syn);
    if (syn != 0) {
      repair(Tcp.TCP_REPAIR_OFF_NO_WP);
      InetSocket.address(entry, plan, fd, "connect", Nr.SYS_connect)
          .expect(-Errno.EINPROGRESS.number());
      repair(Tcp.TCP_REPAIR_ON);
    } else {
      InetSocket.address(entry, plan, fd, "connect", Nr.SYS_connect);
      options();
    }
    if ((stream.getOptMask() & Tcp.TCPI_OPT_TIMESTAMPS) != 0) {
      setTcp(Tcp.TCP_TIMESTAMP, "TCP_TIMESTAMP", stream.getTimestamp());
    }
    queues();
    if (stream.hasSndWnd()) {
      window(finIn);
    }
    finish(received, written);
  }

  private void options() {
    int mask = stream.getOptMask();
    Data options = plan.program().reserve(OPTIONS * TcpRepairOpt.SIZEOF);
    int count = 0;
    if ((mask & Tcp.TCPI_OPT_SACK) != 0) {
      option(options, count++, Tcp.TCPOPT_SACK_PERM, 0);
    }
    if ((mask & Tcp.TCPI_OPT_WSCALE) != 0) {
      int scales = stream.getSndWscale() | (stream.getRcvWscale() << SCALE_SHIFT);
      option(options, count++, Tcp.TCPOPT_WINDOW, scales);
    }
    if ((mask & Tcp.TCPI_OPT_TIMESTAMPS) != 0) {
      option(options, count++, Tcp.TCPOPT_TIMESTAMP, 0);
    }
    option(options, count++, Tcp.TCPOPT_MSS, stream.getMssClamp());
    plan.call(entry, "setsockopt TCP_REPAIR_OPTIONS", Nr.SYS_setsockopt)
        .arg(fd)
        .arg(Socket.SOL_TCP)
        .arg(Tcp.TCP_REPAIR_OPTIONS)
        .arg(options)
        .arg((long) count * TcpRepairOpt.SIZEOF);
  }

  private static void option(Data options, int index, int code, int value) {
    int at = index * TcpRepairOpt.SIZEOF;
    options.putInt(at + TcpRepairOpt.opt_code, code).putInt(at + TcpRepairOpt.opt_val, value);
  }

  /** What was never sent is written as any data: the kernel sends it when it may. */
  private void queues() {
    int in = stream.getInqLen();
    int sent = stream.getOutqLen() - stream.getUnsqLen();
    if (in > 0) {
      queue(Tcp.TCP_RECV_QUEUE);
      write("fill the receive queue", 0, in);
    }
    if (sent > 0) {
      queue(Tcp.TCP_SEND_QUEUE);
      write("fill the send queue", in, sent);
    }
    if (stream.getUnsqLen() > 0) {
      repair(Tcp.TCP_REPAIR_OFF_NO_WP);
      write("write what is not sent yet", in + sent, stream.getUnsqLen());
      repair(Tcp.TCP_REPAIR_ON);
    }
  }

  private void write(String operation, int start, int lengthBytes) {
    for (int done = 0; done < lengthBytes; done += CHUNK_BYTES) {
      int now = Math.min(CHUNK_BYTES, lengthBytes - done);
      byte[] bytes = Arrays.copyOfRange(queues, start + done, start + done + now);
      plan.call(entry, operation, Nr.SYS_sendto)
          .arg(fd)
          .arg(plan.program().bytes(bytes))
          .arg(now)
          .arg(Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL)
          .arg(0)
          .arg(0)
          .expect(now);
    }
  }

  /** The peer's FIN, which is to come, takes one of the window. */
  private void window(int finIn) {
    Data window =
        plan.program()
            .reserve(TcpRepairWindow.SIZEOF)
            .putInt(TcpRepairWindow.snd_wl1, stream.getSndWl1())
            .putInt(TcpRepairWindow.snd_wnd, stream.getSndWnd())
            .putInt(TcpRepairWindow.max_window, stream.getMaxWindow())
            .putInt(TcpRepairWindow.rcv_wnd, stream.getRcvWnd() + finIn)
            .putInt(TcpRepairWindow.rcv_wup, stream.getRcvWup() - finIn);
    plan.call(entry, "setsockopt TCP_REPAIR_WINDOW", Nr.SYS_setsockopt)
        .arg(fd)
        .arg(Socket.SOL_TCP)
        .arg(Tcp.TCP_REPAIR_WINDOW)
        .arg(window)
        .arg(TcpRepairWindow.SIZEOF);
  }

  /** The ends that were closed, in the order that leads to the state. */
  private void finish(int received, int written) {
    boolean sentFirst = TcpStates.hasSentFin(state) && state != Tcp.TCP_LAST_ACK;
    if (sentFirst) {
      if (state == Tcp.TCP_FIN_WAIT2) {
        // Then the FIN counts as sent.
        queue(Tcp.TCP_SEND_QUEUE);
      }
      shutdown(sk_shutdown.WRITE);
      queue(Tcp.TCP_NO_QUEUE);
    }
    int acknowledged = written - stream.getOutqLen();
    if (TcpStates.hasReceivedFin(state)) {
      fromPeer(received, acknowledged, true);
      awaitEnd();
    } else if (state == Tcp.TCP_FIN_WAIT2) {
      fromPeer(received, acknowledged + 1, false);
    }
    if (state == Tcp.TCP_LAST_ACK) {
      shutdown(sk_shutdown.WRITE);
    }
  }

  private void shutdown(sk_shutdown how) {
    SocketOptions.planShutdown(entry, plan, fd, how);
  }

  private void fromPeer(int sequence, int acknowledged, boolean fin) {
    Connection connection = TcpConnection.of(socket);
    byte[] packet = PeerPacket.of(connection, sequence, acknowledged, stream.getRcvWnd(), fin);
    byte[] to = Sockaddr.inet(connection.localIp(), 0);
    Op raw =
        plan.call(entry, "socket for a packet of its peer", Nr.SYS_socket)
            .arg(connection.family())
            .arg(Socket.SOCK_RAW | Socket.SOCK_CLOEXEC)
            .arg(Tcp.IPPROTO_RAW);
    plan.call(entry, "setsockopt SO_MARK", Nr.SYS_setsockopt)
        .arg(raw)
        .arg(Socket.SOL_SOCKET)
        .arg(Socket.SO_MARK)
        .arg(plan.program().reserve(Integer.BYTES).putInt(0, PeerPacket.MARK))
        .arg(Integer.BYTES);
    plan.call(entry, "send a packet of its peer", Nr.SYS_sendto)
        .arg(raw)
        .arg(plan.program().bytes(packet))
        .arg(packet.length)
        .arg(0)
        .arg(plan.program().bytes(to))
        .arg(to.length)
        .expect(packet.length);
    plan.close(entry, raw);
  }

  /** The packet comes by the loopback device, which may take a moment. */
  private void awaitEnd() {
    Data poll =
        plan.program()
            .reserve(Poll.Pollfd.SIZEOF)
            .putInt(Poll.Pollfd.fd, fd)
            .putShort(Poll.Pollfd.events, Poll.POLLRDHUP);
    plan.call(entry, "poll", Nr.SYS_poll)
        .arg(poll)
        .arg(1)
        .arg(POLL_MILLIS)
        .expect(1)
        .otherwise(
            "the end of what the peer sends did not come through the loopback device; is it up?");
  }

  /** Plans that the connection works again, when the network is unlocked. */
  static void release(file_entry entry, LatePlan plan) {
    LatePlan.User user = plan.users().get(0);
    int fd = user.descriptor().getFd();
    int reuse = entry.getIsk().getOpts().getReuseaddr() ? 1 : 0;
    plan.at(
        user,
        Step.CONNECT,
        program -> {
          String purpose = plan.purpose(user);
          program
              .call(purpose + ": setsockopt TCP_REPAIR", Nr.SYS_setsockopt)
              .arg(fd)
              .arg(Socket.SOL_TCP)
              .arg(Tcp.TCP_REPAIR)
              .arg(program.reserve(Integer.BYTES).putInt(0, Tcp.TCP_REPAIR_OFF))
              .arg(Integer.BYTES);
          program
              .call(purpose + ": setsockopt SO_REUSEADDR", Nr.SYS_setsockopt)
              .arg(fd)
              .arg(Socket.SOL_SOCKET)
              .arg(Socket.SO_REUSEADDR)
              .arg(program.reserve(Integer.BYTES).putInt(0, reuse))
              .arg(Integer.BYTES);
        });
  }

  private void sequence(int queue, int number) {
    queue(queue);
    setTcp(Tcp.TCP_QUEUE_SEQ, "TCP_QUEUE_SEQ", number);
  }

  private void queue(int queue) {
    setTcp(Tcp.TCP_REPAIR_QUEUE, "TCP_REPAIR_QUEUE", queue);
  }

  private void repair(int value) {
    setTcp(Tcp.TCP_REPAIR, "TCP_REPAIR", value);
  }

  private void setTcp(int option, String name, int value) {
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_TCP, option, name, value);
  }

  private void setSocket(int option, String name, int value) {
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_SOCKET, option, name, value);
  }
}
