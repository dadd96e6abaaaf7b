// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Tcp.TcpInfo;
import dev.torpor.linux.Tcp.TcpRepairWindow;
import java.util.Arrays;

/**
 * Reads what only TCP_REPAIR tells of a connection (net/ipv4/tcp.c, Linux 3.5), whose packets are
 * locked meanwhile. Nothing of the connection is changed; but in repair mode it does not work, and
 * SO_REUSEADDR is lost, so that whoever calls this has somebody who ends both if this process dies.
 */
public final class TcpRepair {
  private static final int NAME_BYTES = 16;

  private final String subject;
  private final int fd;
  private final int state;
  private byte[] queues = new byte[0];

  /**
   * A connection.
   *
   * @param subject for messages
   * @param state TCP_*, as of now
   */
  TcpRepair(String subject, int fd, int state) {
    this.subject = subject;
    this.fd = fd;
    this.state = state;
  }

  /** The state of a TCP socket, TCP_*. */
  public static int state(int fd) {
    try (NativeMemory info = NativeMemory.allocate(TcpInfo.SIZEOF)) {
      Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_INFO, info);
      return info.getByte(TcpInfo.tcpi_state);
    }
  }

  /**
   * Refuses what repair mode does not tell of.
   *
   * @param subject for messages
   * @throws UnsupportedException if there is any
   */
  public static void refuseUnreadable(String subject, int fd) {
    if ((Poll.poll(fd, Poll.POLLPRI, 0) & Poll.POLLPRI) != 0) {
      throw new UnsupportedException(
          subject,
          "urgent data (MSG_OOB) waits in it, which is not carried; let the program read it");
    }
    String protocol = upperProtocol(fd);
    if (!protocol.isEmpty()) {
      throw new UnsupportedException(
          subject,
          "the kernel's " + protocol + " works on its data (TCP_ULP), which is not carried");
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

  /**
   * What waits to be read of a connection that is over, without taking it or its error.
   *
   * @param subject for messages
   * @param lengthBytes how much waits
   * @throws UnsupportedException if there is urgent data among it
   */
  public static byte[] unread(String subject, int fd, int lengthBytes) {
    refuseUnreadable(subject, fd);
    LostByRepair lost = LostByRepair.of(fd);
    try {
      lost.begin(fd);
      return Socket.recvmsg(fd, lengthBytes, 0, Socket.MSG_PEEK | Socket.MSG_DONTWAIT).data();
    } finally {
      lost.putBack(fd);
    }
  }

  /** Turns it on. */
  static void on(int fd) {
    Socket.setInt(fd, Socket.SOL_TCP, Tcp.TCP_REPAIR, Tcp.TCP_REPAIR_ON);
  }

  /** Turns it off, without a word to the peer. */
  static void off(int fd) {
    Socket.setInt(fd, Socket.SOL_TCP, Tcp.TCP_REPAIR, Tcp.TCP_REPAIR_OFF_NO_WP);
  }

  /** Reads it, in repair mode. */
  tcp_stream_entry read() {
    int fin = TcpStates.hasSentFin(state) ? 1 : 0;
    int out = Math.max(Ioctl.getInt(fd, Ioctl.SIOCOUTQ, "SIOCOUTQ") - fin, 0);
    int unsent = Math.max(Ioctl.getInt(fd, Ioctl.SIOCOUTQNSD, "SIOCOUTQNSD") - fin, 0);
    int in = Ioctl.getInt(fd, Ioctl.SIOCINQ, "SIOCINQ");
    tcp_stream_entry.Builder entry = tcp_stream_entry.newBuilder();
    entry.setInqLen(in).setOutqLen(out).setUnsqLen(unsent);
    readOptions(entry);
    readWindow(entry);
    entry.setInqSeq(enter(Tcp.TCP_RECV_QUEUE));
    byte[] received = peek(in);
    entry.setOutqSeq(enter(Tcp.TCP_SEND_QUEUE));
    byte[] sent = peek(out);
    queues = Arrays.copyOf(received, in + out);
    System.arraycopy(sent, 0, queues, in, out);
    return entry.build();
  }

  /** What was read, the bytes of both queues. */
  byte[] queues() {
    return queues;
  }

  private void readOptions(tcp_stream_entry.Builder entry) {
    int options;
    int scales;
    try (NativeMemory info = NativeMemory.allocate(TcpInfo.SIZEOF)) {
      Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_INFO, info);
      int now = info.getByte(TcpInfo.tcpi_state);
      if (now != state) {
        throw new DumpException(
            subject
                + ": its state went from "
                + TcpStates.name(state)
                + " to "
                + TcpStates.name(now)
                + "; its traffic could not be held, try again");
      }
      options = info.getByte(TcpInfo.tcpi_options) & 0xff;
      scales = info.getByte(Tcp.TCPI_WSCALE_OFFSET) & 0xff;
    }
    entry.setOptMask(options).setSndWscale(0);
    if ((options & Tcp.TCPI_OPT_WSCALE) != 0) {
      entry.setSndWscale(scales & 0xf).setRcvWscale(scales >> 4);
    }
    if ((options & Tcp.TCPI_OPT_TIMESTAMPS) != 0) {
      entry.setTimestamp(Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_TIMESTAMP));
    }
    entry.setMssClamp(Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_MAXSEG));
  }

  private void readWindow(tcp_stream_entry.Builder entry) {
    try (NativeMemory window = NativeMemory.allocate(TcpRepairWindow.SIZEOF)) {
      Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_REPAIR_WINDOW, window);
      entry
          .setSndWl1(window.getInt(TcpRepairWindow.snd_wl1))
          .setSndWnd(window.getInt(TcpRepairWindow.snd_wnd))
          .setMaxWindow(window.getInt(TcpRepairWindow.max_window))
          .setRcvWnd(window.getInt(TcpRepairWindow.rcv_wnd))
          .setRcvWup(window.getInt(TcpRepairWindow.rcv_wup));
    }
  }

  /** Turns to a queue; gives the number behind its last byte. */
  private int enter(int queue) {
    Socket.setInt(fd, Socket.SOL_TCP, Tcp.TCP_REPAIR_QUEUE, queue);
    return Socket.getInt(fd, Socket.SOL_TCP, Tcp.TCP_QUEUE_SEQ);
  }

  /** One byte more is asked for than there must be. */
  private byte[] peek(int lengthBytes) {
    if (lengthBytes == 0) {
      return new byte[0];
    }
    byte[] all =
        Socket.recvmsg(fd, lengthBytes + 1, 0, Socket.MSG_PEEK | Socket.MSG_DONTWAIT).data();
    if (all.length != lengthBytes) {
      throw new DumpException(
          subject
              + ": a queue of "
              + lengthBytes
              + " bytes gave "
              + all.length
              + "; its traffic could not be held, try again");
    }
    return all;
  }
}
