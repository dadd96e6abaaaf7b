// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.image.proto.tcp_opts_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.TcpRepair;
import dev.torpor.tcp.TcpStates;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A socket of IPv4 or IPv6: of TCP, one that listens, is bound, or is neither, or has a connection
 * ({@link TcpCapture}); of UDP or UDP-Lite; or a raw one, or one of ICMP ({@link RawSocket}).
 */
public final class InetSocket implements FileRoom {
  @Override
  public fd_types type() {
    return fd_types.INETSK;
  }

  /** CRIU writes one for a connection that is over, too, where nothing in it is of use any more. */
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.TCP_STREAM);
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    if (!descriptor.isSocketOf(Socket.AF_INET) && !descriptor.isSocketOf(Socket.AF_INET6)) {
      return false;
    }
    int type = descriptor.socketKind().type();
    int protocol = descriptor.socketKind().protocol();
    return isTcp(type, protocol) || isUdp(type, protocol) || RawSocket.is(type, protocol);
  }

  private static boolean isTcp(int type, int protocol) {
    return type == Socket.SOCK_STREAM && protocol == Tcp.IPPROTO_TCP;
  }

  private static boolean isUdp(int type, int protocol) {
    return type == Socket.SOCK_DGRAM
        && (protocol == Tcp.IPPROTO_UDP || protocol == Tcp.IPPROTO_UDPLITE);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int fd = descriptor.borrowed();
    int type = descriptor.socketKind().type();
    boolean tcp = type == Socket.SOCK_STREAM;
    byte[] local = Socket.getsockname(fd);
    byte[] remote = remote(fd, tcp);
    inet_sk_entry.Builder socket =
        inet_sk_entry
            .newBuilder()
            .setId(id)
            .setIno((int) descriptor.stat().ino())
            .setFamily(Sockaddr.family(local))
            .setType(type)
            .setProto(descriptor.socketKind().protocol())
            .setSrcPort(Sockaddr.port(local))
            .setDstPort(remote == null ? 0 : Sockaddr.port(remote))
            .setFlags(descriptor.flags())
            .setBacklog(0)
            .setFown(capture.owner(descriptor))
            .setNsId(SocketOptions.netNsId(descriptor, capture.context()));
    byte[] ip = Sockaddr.ip(local);
    byte[] remoteIp = remote == null ? new byte[ip.length] : Sockaddr.ip(remote);
    for (int at = 0; at < ip.length; at += Integer.BYTES) {
      socket.addSrcAddr(word(ip, at)).addDstAddr(word(remoteIp, at));
    }
    if (tcp) {
      captureTcp(descriptor, socket, capture);
    } else if (RawSocket.is(socket)) {
      RawSocket.capture(descriptor, socket, capture);
    } else {
      captureUdp(descriptor, socket, remote != null, sockets(capture));
    }
    refuseScope(descriptor, local);
    socket.setOpts(SocketOptions.capture(descriptor, false, capture));
    IpOptions.capture(fd, socket, capture);
    RawSocket.captureOptions(descriptor, socket, socket.getIpOptsBuilder());
    InetBinding.capture(descriptor, local, socket.getIpOptsBuilder());
    SocketExtras.capture(descriptor, socket, capture);
    if (!tcp) {
      Memberships.capture(descriptor, socket, capture);
      DatagramQueue.capture(descriptor, socket, capture);
    }
    return file_entry.newBuilder().setType(fd_types.INETSK).setId(id).setIsk(socket).build();
  }

  private static int word(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(at);
  }

  private static InetSockets sockets(FileCapture capture) {
    return capture.state(InetSockets.class, InetSockets::new);
  }

  private static byte[] remote(int fd, boolean tcp) {
    try {
      return Socket.getpeername(fd);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOTCONN)) {
        throw e;
      }
      // Who is being connected to, only the option tells.
      return tcp && TcpRepair.state(fd) == Tcp.TCP_SYN_SENT ? Socket.getPeerName(fd) : null;
    }
  }

  private static void captureTcp(
      Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    int state = TcpRepair.state(descriptor.borrowed());
    if (TcpStates.isConnection(state)) {
      state = TcpCapture.hold(descriptor, socket, state, capture);
    }
    socket.setState(state);
    if (state == Tcp.TCP_LISTEN) {
      captureListening(descriptor, socket, capture);
    } else if (state == Tcp.TCP_CLOSE) {
      captureClosed(descriptor, socket, capture);
    } else if (TcpStates.isConnection(state)) {
      TcpCapture.capture(descriptor, socket, capture);
    } else {
      throw new UnsupportedException(
          descriptor.subject(),
          "a TCP socket in the state " + TcpStates.name(state) + " is not carried; try again");
    }
    socket.setTcpOpts(TcpOptions.capture(descriptor.borrowed(), capture));
  }

  private static void captureListening(
      Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    int fd = descriptor.borrowed();
    try (NativeMemory info = NativeMemory.allocate(Tcp.TcpInfo.SIZEOF)) {
      Socket.getsockopt(fd, Socket.SOL_TCP, Tcp.TCP_INFO, info);
      // Of a listening socket these two are the length of the queue and its limit.
      int waiting = info.getInt(Tcp.TcpInfo.tcpi_unacked);
      if (!TcpCapture.options(capture).skipInFlight()) {
        refuseInFlight(descriptor, socket, waiting);
      }
      socket.setBacklog(info.getInt(Tcp.TcpInfo.tcpi_sacked));
    }
  }

  private static void refuseInFlight(
      Descriptor descriptor, inet_sk_entry.Builder socket, int inQueue) {
    int waiting = inQueue;
    String what = " connections wait to be accepted on ";
    if (waiting == 0
        && Socket.getInt(descriptor.borrowed(), Socket.SOL_TCP, Tcp.TCP_DEFER_ACCEPT) != 0) {
      waiting = InetSockets.begun(descriptor, socket.getFamily(), socket.getSrcPort());
      what = " connections have not sent anything yet (TCP_DEFER_ACCEPT) to ";
    }
    if (waiting > 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          waiting
              + what
              + InetAddress.local(socket)
              + "; try again, or give --skip-in-flight to have them reset");
    }
  }

  /**
   * A socket without a connection: one that had none yet, or one whose connection is over. The
   * latter gives the end of the file to who reads, as does one that was shut down; so it comes back
   * as that, if the program has nothing else to hear of it ({@link EndedConnection}). Its port is
   * its own only if it was bound to it.
   */
  private static void captureClosed(
      Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    int fd = descriptor.borrowed();
    int events = Poll.poll(fd, Poll.POLLIN | Poll.POLLRDHUP, 0);
    EndedConnection.capture(
        descriptor, socket, Ioctl.getInt(fd, Ioctl.FIONREAD, "FIONREAD"), capture);
    if ((events & Poll.POLLRDHUP) != 0) {
      socket.setShutdown(sk_shutdown.BOTH);
    }
    if (socket.getSrcPort() != 0 && !sockets(capture).hasPort(descriptor, socket.getFamily())) {
      socket.setSrcPort(0);
    }
  }

  private static void captureUdp(
      Descriptor descriptor, inet_sk_entry.Builder socket, boolean connected, InetSockets sockets) {
    int fd = descriptor.borrowed();
    HeldBack.refuse(descriptor);
    int encapsulated = Socket.getInt(fd, Socket.SOL_UDP, Tcp.UDP_ENCAP);
    if (encapsulated != 0 && encapsulated != Tcp.UDP_ENCAP_ESPINUDP) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a tunnel of the kernel takes packets out of it (UDP_ENCAP "
              + encapsulated
              + "), which is not carried; let the program end the tunnel before the dump");
    }
    socket.setState(connected ? Tcp.TCP_ESTABLISHED : Tcp.TCP_CLOSE);
    socket.setTcpOpts(tcp_opts_entry.getDefaultInstance());
    int shutdown = sockets.shutdown(descriptor, socket.getFamily(), socket.getProto());
    if (shutdown != 0) {
      socket.setShutdown(sk_shutdown.forNumber(shutdown));
    }
  }

  private static void refuseScope(Descriptor descriptor, byte[] local) {
    if (Sockaddr.family(local) == Socket.AF_INET6
        && ByteBuffer.wrap(local)
                .order(ByteOrder.nativeOrder())
                .getInt(Sockaddr.SockaddrIn6.sin6_scope_id)
            != 0) {
      throw new UnsupportedException(
          descriptor.subject(), "it is bound to a link-local address; not carried yet");
    }
  }

  /** Both ends of the TCP connection that an entry has; null for any other. */
  public static Connection connection(file_entry entry) {
    boolean has = entry.getType() == fd_types.INETSK && TcpCapture.is(entry.getIsk());
    return has ? TcpCapture.of(entry.getIsk()) : null;
  }

  /** Both ends of one that is over, where CRIU has written them down; null for any other. */
  public static Connection endedConnection(file_entry entry) {
    boolean has = entry.getType() == fd_types.INETSK && isEnded(entry.getIsk());
    return has ? TcpCapture.of(entry.getIsk()) : null;
  }

  @Override
  public String describe(file_entry entry) {
    inet_sk_entry socket = entry.getIsk();
    if (RawSocket.is(socket)) {
      return RawSocket.describe(socket);
    }
    return (socket.getType() == Socket.SOCK_STREAM ? "tcp " : "udp ")
        + InetAddress.local(socket)
        + (socket.getState() == Tcp.TCP_LISTEN ? ", listening" : "")
        + (socket.getDstPort() != 0 ? ", connected to " + InetAddress.remote(socket) : "");
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getIsk().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getIsk().getFlags();
  }

  /** Sockets of one port are opened together, as {@link #plan} tells. */
  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry -> {
      inet_sk_entry socket = entry.getIsk();
      return socket.getSrcPort() == 0
          ? entry.getId()
          : List.of(socket.getType(), socket.getProto(), socket.getSrcPort());
    };
  }

  /**
   * A port can be shared by sockets that no longer permit that, or of which one listens now. So all
   * are bound with SO_REUSEADDR before any of them goes further.
   */
  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    List<file_entry> opened = new ArrayList<>();
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        int ino = entry.getIsk().getIno();
        int given = plan.given("socket:[" + Integer.toUnsignedString(ino) + "]");
        if (given >= 0) {
          plan.place(entry, given);
        } else {
          open(entry, plan);
          opened.add(entry);
        }
      }
    }
    for (file_entry entry : opened) {
      connect(entry, plan);
    }
    for (file_entry entry : opened) {
      if (!TcpCapture.is(entry.getIsk()) || closes(plan)) {
        SocketOptions.planReuse(entry, plan, plan.number(entry), entry.getIsk().getOpts());
      }
    }
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    inet_sk_entry socket = entry.getIsk();
    ConnectionOptions options =
        plan.facts().of(ConnectionOptions.class, () -> ConnectionOptions.NONE);
    if (TcpCapture.is(socket) && !options.close()) {
      TcpReturn.release(entry, plan);
    }
  }

  private static void open(file_entry entry, OpenPlan plan) {
    check(entry, plan);
    inet_sk_entry socket = entry.getIsk();
    int fd =
        plan.place(
            entry,
            plan.call(entry, "socket", Nr.SYS_socket)
                .arg(socket.getFamily())
                .arg(socket.getType())
                .arg(socket.getProto()));
    SocketExtras.planBeforeBind(entry, plan, fd);
    SocketOptions.planBeforeBind(entry, plan, fd, socket.getOpts());
    IpOptions.plan(entry, plan, fd);
    RawSocket.planOptions(entry, plan, fd);
    if (TcpCapture.is(socket)) {
      if (closes(plan)) {
        SocketOptions.plan(entry, plan, fd, socket.getOpts());
        SocketFilter.plan(entry, plan, fd, socket.getOpts());
        return;
      }
      TcpReturn.calls(entry, plan, fd).begin();
      InetBinding.plan(entry, plan, fd);
      return;
    }
    InetBinding.plan(entry, plan, fd);
    if (!EndedConnection.is(entry, plan)) {
      SocketOptions.plan(entry, plan, fd, socket.getOpts());
      DatagramQueuePlan.plan(entry, plan, fd);
      SocketFilter.plan(entry, plan, fd, socket.getOpts());
    }
  }

  private static ConnectionOptions options(OpenPlan plan) {
    return plan.fact(ConnectionOptions.class, () -> ConnectionOptions.NONE);
  }

  /** Whether connections come back as sockets that have none. */
  private static boolean closes(OpenPlan plan) {
    return options(plan).close();
  }

  /** CRIU does not leave out the addresses of a TCP connection that is over. */
  static boolean isEnded(inet_sk_entry socket) {
    return isTcp(socket.getType(), socket.getProto())
        && socket.getState() == Tcp.TCP_CLOSE
        && socket.getDstPort() != 0;
  }

  private static void connect(file_entry entry, OpenPlan plan) {
    inet_sk_entry socket = entry.getIsk();
    int fd = plan.number(entry);
    if (TcpCapture.is(socket)) {
      if (closes(plan)) {
        // As in CRIU, the program finds a connection that is over.
        SocketOptions.planShutdown(entry, plan, fd, sk_shutdown.BOTH)
            .expect(-Errno.ENOTCONN.number());
      } else {
        reconnect(entry, plan, fd);
      }
      TcpOptions.plan(entry, plan, fd);
      SocketExtras.plan(entry, plan, fd);
      plan.setFlags(entry, fd, socket.getFlags());
      return;
    }
    if (socket.getState() == Tcp.TCP_LISTEN) {
      plan.call(entry, "listen", Nr.SYS_listen).arg(fd).arg(socket.getBacklog());
    }
    boolean ended = EndedConnection.is(entry, plan);
    if (ended) {
      EndedConnection.plan(entry, plan, fd);
    }
    if (RawSocket.isConnected(socket) || (socket.getDstPort() != 0 && !isEnded(socket))) {
      address(entry, plan, fd, "connect", Nr.SYS_connect);
    }
    TcpOptions.plan(entry, plan, fd);
    SocketExtras.plan(entry, plan, fd);
    Memberships.plan(entry, plan, fd);
    if (!ended) {
      shutDown(entry, plan, fd);
    }
    plan.setFlags(entry, fd, socket.getFlags());
  }

  private static void shutDown(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    sk_shutdown how = isEnded(socket) ? sk_shutdown.BOTH : socket.getShutdown();
    Op shutdown = SocketOptions.planShutdown(entry, plan, fd, how);
    if (shutdown != null && socket.getState() == Tcp.TCP_CLOSE) {
      // It does so nevertheless.
      shutdown.expect(-Errno.ENOTCONN.number());
    }
  }

  private static void reconnect(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    boolean connecting = socket.getState() == Tcp.TCP_SYN_SENT;
    if (connecting) {
      nonblocking(entry, plan, fd, Fcntl.O_NONBLOCK);
    }
    TcpReturn.calls(entry, plan, fd).connect();
    if (connecting) {
      nonblocking(entry, plan, fd, 0);
    }
    SocketOptions.plan(entry, plan, fd, socket.getOpts());
    SocketFilter.plan(entry, plan, fd, socket.getOpts());
    SocketOptions.planShutdown(entry, plan, fd, socket.getShutdown());
  }

  private static void nonblocking(file_entry entry, OpenPlan plan, int fd, int flag) {
    plan.call(entry, "fcntl F_SETFL", Nr.SYS_fcntl).arg(fd).arg(Fcntl.F_SETFL).arg(flag);
  }

  private static void check(file_entry entry, OpenPlan plan) {
    inet_sk_entry socket = entry.getIsk();
    boolean tcp = isTcp(socket.getType(), socket.getProto());
    if (!tcp && !isUdp(socket.getType(), socket.getProto()) && !RawSocket.is(socket)) {
      throw new UnsupportedException(
          plan.purpose(entry), "internet protocol " + socket.getProto() + " is not carried yet");
    }
    boolean connection = TcpCapture.is(socket);
    if (connection && !options(plan).established() && !options(plan).close()) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "it has a connection: give --tcp-established to restore it, or --tcp-close to have it"
              + " closed");
    }
    int state = socket.getState();
    if (tcp && !connection && state != Tcp.TCP_LISTEN && state != Tcp.TCP_CLOSE) {
      throw new UnsupportedException(
          plan.purpose(entry), "a socket in the state " + TcpStates.name(state));
    }
    if (socket.hasIfname()) {
      throw new UnsupportedException(
          plan.purpose(entry), "it was bound to a link-local address; not carried yet");
    }
  }

  /** Plans a call that takes the own address, or that of the peer. */
  static Op address(file_entry entry, OpenPlan plan, int fd, String operation, int nr) {
    inet_sk_entry socket = entry.getIsk();
    boolean source = nr == Nr.SYS_bind;
    byte[] ip = InetAddress.bytes(source ? socket.getSrcAddrList() : socket.getDstAddrList());
    byte[] sockaddr = Sockaddr.inet(ip, source ? socket.getSrcPort() : socket.getDstPort());
    Data address = plan.program().bytes(sockaddr);
    return plan.call(entry, operation, nr).arg(fd).arg(address).arg(address.lengthBytes());
  }
}
