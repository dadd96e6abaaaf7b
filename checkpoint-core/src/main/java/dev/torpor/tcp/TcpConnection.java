// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import java.util.Arrays;

/**
 * A live TCP connection outside of any socket: both ends, where they are in what they say, and what
 * is under way. It is lifted out of one socket and put into another, in this process or in any:
 *
 * <pre>{@code
 * try (ConnectionLock lock = new ConnectionLock()) {
 *   TcpConnection connection = TcpConnection.capture(fd, lock);
 *   TcpConnection.silence(fd); // whoever closes it last tells the peer nothing
 *   Unistd.close(fd);
 *   int anew = connection.restore();
 * }
 * }</pre>
 *
 * <p>The peer notices nothing but a pause: what it sends meanwhile is dropped, and TCP sends it
 * again. The lock has to be there until the connection is back. A packet that finds neither lock
 * nor socket is answered by the kernel with a reset. It ends with this process; {@link
 * ConnectionLock#persist} makes one that stays.
 *
 * <p>What the two ends have agreed on comes back (time stamps, window scales, SACK, MSS), all that
 * waits to be read or to be confirmed, and the sizes of buffers. Options that a program has set,
 * such as TCP_NODELAY, and O_NONBLOCK are not part of it: whoever restores it sets them again.
 *
 * <p>Linux 5.12 with nftables, CAP_NET_ADMIN; CAP_NET_RAW to restore what was half closed. The
 * addresses have to be those of the machine that it is restored on. While {@link #capture} runs,
 * the socket is in repair mode for about ten system calls; a JVM that is killed just then leaves it
 * so, and it does not work (TCP_REPAIR_OFF mends it).
 *
 * <p>Immutable. What CRIU keeps in tcp-stream-INODE.img are {@link #entry} and {@link #queues}.
 */
public final class TcpConnection {
  /** What a program for another process may need for one call. */
  private static final int CHUNK_BYTES = 4096;

  private final Connection ends;
  private final int state;
  private final SocketBuffers buffers;
  private final tcp_stream_entry entry;
  private final byte[] queues;

  private TcpConnection(
      Connection ends, int state, SocketBuffers buffers, tcp_stream_entry entry, byte[] queues) {
    this.ends = ends;
    this.state = state;
    this.buffers = buffers;
    this.entry = entry;
    this.queues = queues;
  }

  /**
   * A connection as it was written down.
   *
   * @param ends with IPv6 addresses for a socket of IPv6, mapped ones too
   * @param state TCP_* of Linux, as {@link Tcp} has them
   * @param entry sequence numbers, options, windows
   * @param queues what waits to be read, then what waits to be confirmed
   * @throws UnsupportedException if this is no state that a connection can be restored in, or the
   *     lengths of the queues are not those of the entry
   */
  public static TcpConnection of(
      Connection ends, int state, SocketBuffers buffers, tcp_stream_entry entry, byte[] queues) {
    String subject = "TCP connection " + ends;
    if (!TcpStates.isConnection(state)) {
      throw new UnsupportedException(subject, "it is " + TcpStates.name(state));
    }
    long lengthBytes = (long) entry.getInqLen() + entry.getOutqLen();
    if (entry.getInqLen() < 0 || entry.getOutqLen() < 0 || lengthBytes != queues.length) {
      throw new UnsupportedException(
          subject, "its queues have " + queues.length + " bytes and not " + lengthBytes);
    }
    if (entry.getUnsqLen() < 0 || entry.getUnsqLen() > entry.getOutqLen()) {
      throw new UnsupportedException(
          subject, "more is unsent than waits to be sent; the image is damaged");
    }
    return new TcpConnection(ends, state, buffers, entry, queues.clone());
  }

  /**
   * Locks the packets of a socket's connection and reads it. The socket is not changed: if {@code
   * lock} is closed and nothing else is done, the connection goes on.
   *
   * @param fd of a TCP socket, this process's or borrowed from another (pidfd_getfd(2)), which must
   *     not use it meanwhile
   * @param lock of the network namespace that the socket is in
   * @throws UnsupportedException if there is no connection, or it has what cannot be carried:
   *     urgent data, kTLS; or if the socket is in another network namespace
   * @throws ErrnoException EPERM without CAP_NET_ADMIN; ENOTSOCK, EBADF
   */
  public static TcpConnection capture(int fd, ConnectionLock lock) {
    String subject = "descriptor " + fd;
    lock.requireNamespaceOf(subject, fd);
    TcpRepair.refuseUnreadable(subject, fd);
    Connection ends;
    try {
      ends = Connection.of(Socket.getsockname(fd), Socket.getpeername(fd));
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOTCONN)) {
        throw new UnsupportedException(
            subject, "it has no connection: " + TcpStates.name(TcpRepair.state(fd)));
      }
      throw e;
    }
    lock.add(ends);
    int state = TcpRepair.state(fd);
    if (state == Tcp.TCP_SYN_SENT || !TcpStates.isConnection(state)) {
      throw new UnsupportedException(subject, "its connection is " + TcpStates.name(state));
    }
    return read(subject, fd, ends, state, LostByRepair.of(fd));
  }

  /** Reads it through repair mode, while its packets are locked. */
  static TcpConnection read(String subject, int fd, Connection ends, int state, LostByRepair lost) {
    SocketBuffers buffers = SocketBuffers.of(fd);
    try {
      lost.begin(fd);
      TcpRepair.on(fd);
      TcpRepair repair = new TcpRepair(subject, fd, state);
      tcp_stream_entry entry = repair.read();
      return new TcpConnection(ends, state, buffers, entry, repair.queues());
    } finally {
      TcpRepair.off(fd);
      lost.putBack(fd);
    }
  }

  /**
   * Makes that the socket ends without a word to its peer when its last descriptor is closed. It is
   * of no other use from then on.
   */
  public static void silence(int fd) {
    TcpRepair.on(fd);
  }

  /**
   * Makes a socket in this process that has the connection, in the network namespace of the calling
   * thread. Its packets are to be locked until this returns.
   *
   * @return its descriptor, close-on-exec
   * @throws dev.torpor.inject.RemoteCallException for the call that failed: EADDRNOTAVAIL if the
   *     address is not this machine's, EADDRINUSE if a socket has this very connection, EPERM
   */
  public int restore() {
    int fd = Socket.socket(ends.socketFamily(), Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    boolean restored = false;
    try {
      Program program = new Program("this process");
      ConnectionCalls calls = calls(program, fd);
      restore(calls);
      program.runHere();
      restored = true;
      return fd;
    } finally {
      if (!restored) {
        Unistd.close(fd);
      }
    }
  }

  /**
   * Appends the same to the program of another process, which needs the capabilities that are named
   * above; {@link dev.torpor.inject.Injector} runs it.
   *
   * @param fd where the socket is to be; what is open there is closed
   */
  public void restore(Program program, int fd) {
    ConnectionCalls calls = calls(program, fd);
    calls.open();
    restore(calls);
  }

  private ConnectionCalls calls(Program program, int fd) {
    return new ConnectionCalls(this, program, "restoring TCP connection " + ends, fd, CHUNK_BYTES);
  }

  private static void restore(ConnectionCalls calls) {
    calls.begin();
    calls.bind();
    calls.connect();
    calls.buffers();
    calls.release();
  }

  /** Both ends. */
  public Connection ends() {
    return ends;
  }

  /** TCP_* of Linux, {@link TcpStates#name} has its name in RFC 9293. */
  public int state() {
    return state;
  }

  /** The sizes of the socket's buffers. */
  public SocketBuffers buffers() {
    return buffers;
  }

  /** Sequence numbers, options, windows, and the lengths of both queues, in CRIU's format. */
  public tcp_stream_entry entry() {
    return entry;
  }

  /** What the program has not read yet, then what the peer has not confirmed. */
  public byte[] queues() {
    return queues.clone();
  }

  /** A part of {@link #queues}. */
  byte[] queues(int start, int lengthBytes) {
    return Arrays.copyOfRange(queues, start, start + lengthBytes);
  }
}
