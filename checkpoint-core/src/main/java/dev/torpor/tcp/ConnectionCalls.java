// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Tcp.TcpRepairOpt;
import dev.torpor.linux.Tcp.TcpRepairWindow;

/**
 * The calls that make a connection anew in repair mode, in which the kernel believes what it is
 * told (net/ipv4/tcp.c). What is to be told when is as in CRIU's soccr/soccr.c.
 */
public final class ConnectionCalls {
  /** One packet of the receive queue has so much in pages at most (tcp_send_rcvq). */
  public static final int MOST_CHUNK_BYTES = 16 * 1024;

  /** Twice this is what the kernel makes of it: all that waits must have room. */
  private static final int LARGE_BUFFER = 0x3fff_ffff;

  private static final int SCALE_SHIFT = 16;
  private static final int POLL_MILLIS = 1000;
  private static final int OPTIONS = 4;

  private final TcpConnection connection;
  private final tcp_stream_entry stream;
  private final int state;
  private final Program program;
  private final String purpose;
  private final int fd;
  private final int chunkBytes;

  /**
   * Appends nothing yet.
   *
   * @param program to append to
   * @param purpose what a message begins with: {@code restoring fd 7 of task 42}
   * @param fd where the socket is, or is to be
   * @param chunkBytes how much of a queue is written in one call
   */
  public ConnectionCalls(
      TcpConnection connection, Program program, String purpose, int fd, int chunkBytes) {
    this.connection = connection;
    this.stream = connection.entry();
    this.state = connection.state();
    this.program = program;
    this.purpose = purpose;
    this.fd = fd;
    this.chunkBytes = chunkBytes;
  }

  private Op call(String operation, int nr) {
    return program.call(purpose + ": " + operation, nr);
  }

  /** Makes the socket. */
  void open() {
    Op made =
        call("socket", Nr.SYS_socket)
            .arg(connection.ends().socketFamily())
            .arg(Socket.SOCK_STREAM)
            .arg(Tcp.IPPROTO_TCP);
    call("place", Nr.SYS_dup3).arg(made).arg(fd).arg(Fcntl.O_CLOEXEC).expect(fd);
    call("close", Nr.SYS_close).arg(made);
  }

  /** Turns repair mode on: before it is bound, for it may share its port with any other. */
  public void begin() {
    repair(Tcp.TCP_REPAIR_ON);
    setSocket(Socket.SO_SNDBUFFORCE, "SO_SNDBUFFORCE", LARGE_BUFFER);
    setSocket(Socket.SO_RCVBUFFORCE, "SO_RCVBUFFORCE", LARGE_BUFFER);
  }

  /** Binds it. */
  void bind() {
    address("bind", Nr.SYS_bind, connection.ends().localAddress());
  }

  private Op address(String operation, int nr, byte[] sockaddr) {
    return call(operation, nr).arg(fd).arg(program.bytes(sockaddr)).arg(sockaddr.length);
  }

  /**
   * Whether a packet of its peer is made up, which comes by the loopback device, not by another
   * that the socket may be bound to.
   */
  public boolean wantsPeerPacket() {
    return TcpStates.hasReceivedFin(state) || state == Tcp.TCP_FIN_WAIT2;
  }

  /** All that makes it the connection it was, when it is bound; in repair mode still. */
  public void connect() {
    int finIn = TcpStates.hasReceivedFin(state) ? 1 : 0;
    int finOut = TcpStates.hasSentFin(state) ? 1 : 0;
    int syn = state == Tcp.TCP_SYN_SENT ? 1 : 0;
    int received = stream.getInqSeq() - finIn;
    int written = stream.getOutqSeq() - finOut;
    sequence(Tcp.TCP_RECV_QUEUE, received - stream.getInqLen());
    sequence(Tcp.TCP_SEND_QUEUE, written - stream.getOutqLen() - syn);
    byte[] peer = connection.ends().remoteAddress();
    if (syn != 0) {
      repair(Tcp.TCP_REPAIR_OFF_NO_WP);
      address("connect", Nr.SYS_connect, peer).expect(-Errno.EINPROGRESS.number());
      repair(Tcp.TCP_REPAIR_ON);
    } else {
      address("connect", Nr.SYS_connect, peer);
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
    Data options = program.reserve(OPTIONS * TcpRepairOpt.SIZEOF);
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
    call("setsockopt TCP_REPAIR_OPTIONS", Nr.SYS_setsockopt)
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
    for (int done = 0; done < lengthBytes; done += chunkBytes) {
      int now = Math.min(chunkBytes, lengthBytes - done);
      call(operation, Nr.SYS_sendto)
          .arg(fd)
          .arg(program.bytes(connection.queues(start + done, now)))
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
        program
            .reserve(TcpRepairWindow.SIZEOF)
            .putInt(TcpRepairWindow.snd_wl1, stream.getSndWl1())
            .putInt(TcpRepairWindow.snd_wnd, stream.getSndWnd())
            .putInt(TcpRepairWindow.max_window, stream.getMaxWindow())
            .putInt(TcpRepairWindow.rcv_wnd, stream.getRcvWnd() + finIn)
            .putInt(TcpRepairWindow.rcv_wup, stream.getRcvWup() - finIn);
    call("setsockopt TCP_REPAIR_WINDOW", Nr.SYS_setsockopt)
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
      endSending();
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
      endSending();
    }
  }

  private void endSending() {
    call("shutdown", Nr.SYS_shutdown).arg(fd).arg(Socket.SHUT_WR);
  }

  private void fromPeer(int sequence, int acknowledged, boolean fin) {
    Connection ends = connection.ends();
    byte[] packet = PeerPacket.of(ends, sequence, acknowledged, stream.getRcvWnd(), fin);
    byte[] to = Sockaddr.inet(ends.localIp(), 0);
    Op raw =
        call("socket for a packet of its peer", Nr.SYS_socket)
            .arg(ends.family())
            .arg(Socket.SOCK_RAW | Socket.SOCK_CLOEXEC)
            .arg(Tcp.IPPROTO_RAW);
    call("setsockopt SO_MARK", Nr.SYS_setsockopt)
        .arg(raw)
        .arg(Socket.SOL_SOCKET)
        .arg(Socket.SO_MARK)
        .arg(program.reserve(Integer.BYTES).putInt(0, PeerPacket.MARK))
        .arg(Integer.BYTES);
    call("send a packet of its peer", Nr.SYS_sendto)
        .arg(raw)
        .arg(program.bytes(packet))
        .arg(packet.length)
        .arg(0)
        .arg(program.bytes(to))
        .arg(to.length)
        .expect(packet.length);
    call("close", Nr.SYS_close).arg(raw);
  }

  /** The packet comes by the loopback device, which may take a moment. */
  private void awaitEnd() {
    Data poll =
        program
            .reserve(Poll.Pollfd.SIZEOF)
            .putInt(Poll.Pollfd.fd, fd)
            .putShort(Poll.Pollfd.events, Poll.POLLRDHUP);
    call("poll", Nr.SYS_poll)
        .arg(poll)
        .arg(1)
        .arg(POLL_MILLIS)
        .expect(1)
        .otherwise(
            "the end of what the peer sends did not come through the loopback device; is it up?");
  }

  /** The sizes that its buffers had. The kernel doubles what it is told. */
  void buffers() {
    SocketBuffers buffers = connection.buffers();
    setSocket(Socket.SO_SNDBUFFORCE, "SO_SNDBUFFORCE", buffers.sendBytes() / 2);
    setSocket(Socket.SO_RCVBUFFORCE, "SO_RCVBUFFORCE", buffers.receiveBytes() / 2);
    setSocket(Socket.SO_BUF_LOCK, "SO_BUF_LOCK", buffers.lock());
  }

  /** Makes it work again, when its packets are about to be let through. */
  void release() {
    release(program, purpose, fd, false);
  }

  /**
   * Appends that a socket which was made so works again.
   *
   * @param reuseAddress its SO_REUSEADDR, which repair mode changes
   */
  public static void release(Program program, String purpose, int fd, boolean reuseAddress) {
    set(program, purpose, fd, Socket.SOL_TCP, Tcp.TCP_REPAIR, "TCP_REPAIR", Tcp.TCP_REPAIR_OFF);
    int reuse = reuseAddress ? 1 : 0;
    set(program, purpose, fd, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, "SO_REUSEADDR", reuse);
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
    set(program, purpose, fd, Socket.SOL_TCP, option, name, value);
  }

  private void setSocket(int option, String name, int value) {
    set(program, purpose, fd, Socket.SOL_SOCKET, option, name, value);
  }

  private static void set(
      Program program, String purpose, int fd, int level, int option, String name, int value) {
    program
        .call(purpose + ": setsockopt " + name, Nr.SYS_setsockopt)
        .arg(fd)
        .arg(level)
        .arg(option)
        .arg(program.reserve(Integer.BYTES).putInt(0, value))
        .arg(Integer.BYTES);
  }
}
