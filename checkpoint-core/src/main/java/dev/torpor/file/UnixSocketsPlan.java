// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.image.proto.unix_sk_entryOrBuilder;
import dev.torpor.image.proto.unix_waiting_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Plans a group of Unix sockets that depend on each other: first those with a name of their own,
 * then pairs, then datagram sockets that are connected to a name, then what waits in them, then
 * what was shut down.
 */
final class UnixSocketsPlan {
  private final List<file_entry> group;
  private final OpenPlan plan;
  private final UnixNamePlan names;
  private final SocketQueuePlan queues;
  private final Map<Integer, file_entry> byIno = new HashMap<>();

  /** What the other ends that nobody has are to send, when all that they may send is open. */
  private final List<Runnable> lastWords = new ArrayList<>();

  /** Appends the descriptor of an opened socket to a call. By inode. */
  private final Map<Integer, UnaryOperator<Op>> open = new HashMap<>();

  UnixSocketsPlan(List<file_entry> group, OpenPlan plan) {
    this.group = group;
    this.plan = plan;
    this.names = new UnixNamePlan(plan);
    this.queues = new SocketQueuePlan(plan, names);
    for (file_entry entry : group) {
      byIno.put(entry.getUsk().getIno(), entry);
    }
  }

  void plan() {
    for (file_entry entry : group) {
      check(entry);
      if (plan.isUsed(entry) && isOfService(entry)) {
        openOfService(entry);
      } else if (plan.isUsed(entry) && standsAlone(entry)) {
        openAlone(entry);
      }
    }
    for (file_entry entry : group) {
      if (plan.isUsed(entry) && !open.containsKey(entry.getUsk().getIno()) && !waits(entry)) {
        openConnected(entry);
      }
    }
    openWaiting();
    lastWords.forEach(Runnable::run);
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        setOptions(entry, plan.number(entry));
        sendToName(entry);
        connectToName(entry);
      }
    }
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        send(entry);
      }
    }
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        finish(entry);
      }
    }
  }

  private void check(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    if ((socket.getUflags() & ~ServiceConnection.SERVICE) != 0) {
      throw new UnsupportedException(
          plan.purpose(entry), "it was external to what was dumped; not carried yet");
    }
    if (socket.getPeer() != 0 && !byIno.containsKey(socket.getPeer())) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "files.img has no socket " + Integer.toUnsignedString(socket.getPeer()) + ", its peer");
    }
  }

  private file_entry peer(file_entry entry) {
    return byIno.get(entry.getUsk().getPeer());
  }

  private boolean isMutual(file_entry entry) {
    file_entry peer = peer(entry);
    return peer != null && isMutual(entry.getUsk(), peer.getUsk());
  }

  /** Whether two sockets are connected to one another; a datagram socket can be its own peer. */
  static boolean isMutual(unix_sk_entryOrBuilder socket, unix_sk_entryOrBuilder peer) {
    return peer.getPeer() == socket.getIno() && peer.getIno() != socket.getIno();
  }

  /** A connection to it waits to be accepted. */
  static boolean isListener(unix_sk_entryOrBuilder peer) {
    return peer.getState() == Tcp.TCP_LISTEN;
  }

  /** Whether connect(2) finds the peer; only datagram sockets are connected one way. */
  static boolean hasAddress(unix_sk_entryOrBuilder socket, unix_sk_entryOrBuilder peer) {
    return socket.getType() == Socket.SOCK_DGRAM && !peer.getName().isEmpty();
  }

  private static boolean isBoundItself(unix_sk_entry socket) {
    return UnixSocket.isBoundItself(socket.getType(), socket.getState());
  }

  private boolean standsAlone(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    if (socket.getType() == Socket.SOCK_DGRAM) {
      return !isMutual(entry) && !needsQueuer(entry);
    }
    return socket.getState() != Tcp.TCP_ESTABLISHED;
  }

  /** A datagram socket without name that nobody is connected to, yet with something in it. */
  private boolean needsQueuer(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    if (!socket.getName().isEmpty() || socket.getPeer() != 0 || sender(entry) != null) {
      return false;
    }
    return !queues.of(entry).isEmpty();
  }

  /** Any socket that is connected to this one. */
  private file_entry sender(file_entry entry) {
    for (file_entry other : group) {
      if (other.getUsk().getPeer() == entry.getUsk().getIno() && plan.isUsed(other)) {
        return other;
      }
    }
    return null;
  }

  private static boolean isOfService(file_entry entry) {
    return entry.getUsk().getUflags() == ServiceConnection.SERVICE;
  }

  /** It finds the answer to its request for the dump, and then the end. */
  private void openOfService(file_entry entry) {
    Data pair = socketpair(entry);
    int fd = plan.place(entry, pair);
    opened(entry, call -> call.arg(fd));
    byte[] restored = ServiceConnection.restored();
    plan.call(entry, "answer", Nr.SYS_write)
        .argContent(pair.from(4))
        .arg(plan.program().bytes(restored))
        .arg(restored.length)
        .expect(restored.length);
    closePair(entry, pair);
  }

  private void openAlone(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    int fd = plan.place(entry, socket(entry));
    opened(entry, call -> call.arg(fd));
    names.bind(entry, fd);
    if (socket.getState() == Tcp.TCP_LISTEN) {
      listen(entry, Math.max(socket.getBacklog(), socket.getWaitingCount()));
    }
  }

  private void listen(file_entry entry, int backlog) {
    PeerCredentials.become(plan, entry);
    plan.call(entry, "listen", Nr.SYS_listen).arg(plan.number(entry)).arg(backlog);
    PeerCredentials.leave(plan, entry);
  }

  private boolean waits(file_entry entry) {
    file_entry peer = peer(entry);
    return peer != null && isListener(peer.getUsk());
  }

  /** Behind all that were accepted. Images of CRIU do not tell the order. */
  private void openWaiting() {
    for (file_entry listener : group) {
      int backlog = listener.getUsk().getBacklog();
      for (unix_waiting_entry waiting : listener.getUsk().getWaitingList()) {
        sk_ucred_entry who = waiting.getPeercred();
        file_entry client = byIno.get(waiting.getClient());
        UnaryOperator<Op> from = openWaiting(client, listener, who);
        queues.sendAll(listener, from, waiting.getQueue());
        if (client == null) {
          from.apply(plan.call(listener, "close", Nr.SYS_close)).expect(0);
        } else {
          opened(client, from);
        }
      }
      if (listener.getUsk().getWaitingCount() > backlog) {
        listen(listener, backlog);
      }
    }
    for (file_entry entry : group) {
      if (plan.isUsed(entry) && waits(entry) && !open.containsKey(entry.getUsk().getIno())) {
        opened(entry, openWaiting(entry, peer(entry), sk_ucred_entry.getDefaultInstance()));
      }
    }
  }

  /** Of a client, or with null of one that is closed again; gives its descriptor. */
  private UnaryOperator<Op> openWaiting(
      file_entry client, file_entry listener, sk_ucred_entry who) {
    Op made = socket(listener);
    UnaryOperator<Op> descriptor = call -> call.arg(made);
    if (client != null) {
      int fd = plan.place(client, made);
      descriptor = call -> call.arg(fd);
      names.bind(client, fd);
      setOptions(client, fd);
    }
    PeerCredentials.become(plan, listener, who);
    names.connect(listener, descriptor, listener);
    PeerCredentials.leave(plan, listener, who);
    return descriptor;
  }

  private Op socket(file_entry entry) {
    return plan.call(entry, "socket", Nr.SYS_socket)
        .arg(Socket.AF_UNIX)
        .arg(entry.getUsk().getType())
        .arg(0);
  }

  private void opened(file_entry entry, UnaryOperator<Op> descriptor) {
    open.put(entry.getUsk().getIno(), descriptor);
  }

  private void openConnected(file_entry entry) {
    if (!isMutual(entry) || !plan.isUsed(peer(entry))) {
      openHalf(entry);
      return;
    }
    file_entry peer = peer(entry);
    file_entry listener = listener(entry);
    if (listener != null) {
      accept(peer, entry, listener);
    } else if (listener(peer) != null) {
      accept(entry, peer, listener(peer));
    } else {
      Data pair = socketpair(entry);
      int fd = plan.place(entry, pair);
      int other = plan.place(peer, pair.from(4));
      closePair(entry, pair);
      opened(entry, call -> call.arg(fd));
      opened(peer, call -> call.arg(other));
      if (isBoundItself(entry.getUsk())) {
        names.bind(entry, fd);
      }
      if (isBoundItself(peer.getUsk())) {
        names.bind(peer, other);
      }
    }
  }

  /** The listening socket, already open, that an accepted one has its name from. */
  private file_entry listener(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    if (socket.getName().isEmpty() || socket.getType() == Socket.SOCK_DGRAM) {
      return null;
    }
    for (file_entry other : group) {
      if (other.getUsk().getState() == Tcp.TCP_LISTEN
          && other.getUsk().getType() == socket.getType()
          && other.getUsk().getName().equals(socket.getName())
          && other.getUsk().getDeleted() == socket.getDeleted()
          && plan.isUsed(other)) {
        return other;
      }
    }
    return null;
  }

  /** Connecting anew gives both ends the names they had. */
  private void accept(file_entry client, file_entry accepted, file_entry listener) {
    int fd = plan.place(client, socket(client));
    opened(client, call -> call.arg(fd));
    PeerCredentials.become(plan, accepted);
    names.connect(client, call -> call.arg(fd), listener);
    PeerCredentials.leave(plan, accepted);
    Op accept =
        plan.call(accepted, "accept", Nr.SYS_accept4)
            .arg(plan.number(listener))
            .arg(0)
            .arg(0)
            .arg(0);
    int other = plan.place(accepted, accept);
    opened(accepted, call -> call.arg(other));
  }

  private Data socketpair(file_entry entry) {
    Data pair = plan.program().reserve(16);
    PeerCredentials.become(plan, entry);
    plan.call(entry, "socketpair", Nr.SYS_socketpair)
        .arg(Socket.AF_UNIX)
        .arg(entry.getUsk().getType())
        .arg(0)
        .arg(pair);
    PeerCredentials.leave(plan, entry);
    return pair;
  }

  private void closePair(file_entry entry, Data pair) {
    plan.call(entry, "close", Nr.SYS_close).argContent(pair);
    plan.call(entry, "close", Nr.SYS_close).argContent(pair.from(4));
  }

  /** Nobody has the other end any more; what it has sent is still there. */
  private void openHalf(file_entry entry) {
    Data pair = socketpair(entry);
    int fd = plan.place(entry, pair);
    opened(entry, call -> call.arg(fd));
    if (entry.getUsk().getType() == Socket.SOCK_DGRAM && entry.getUsk().getPeer() == 0) {
      // Others could not connect to a socket that has a peer. This also empties its queue.
      plan.call(entry, "disconnect", Nr.SYS_connect).arg(fd).arg(plan.program().reserve(2)).arg(2);
    }
    setOptions(entry, fd);
    lastWords.add(() -> sendFromHalf(entry, pair));
  }

  private void sendFromHalf(file_entry entry, Data pair) {
    UnaryOperator<Op> other = call -> call.argContent(pair.from(4));
    ByteString name = queues.firstSender(entry);
    if (!name.isEmpty()) {
      names.bindPasserBy(entry, other, name.toByteArray());
    }
    queues.send(entry, other, name);
    if (entry.getUsk().getReset()) {
      plan.call(entry, "send what the other end does not read", Nr.SYS_sendto)
          .arg(plan.number(entry))
          .arg(plan.program().reserve(1))
          .arg(1)
          .arg(Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL)
          .arg(0)
          .arg(0)
          .expect(1);
    }
    closePair(entry, pair);
  }

  /** But for SO_PASSCRED, which gives credentials to whatever is sent from then on. */
  private void setOptions(file_entry entry, int fd) {
    sk_opts_entry options = entry.getUsk().getOpts();
    SocketOptions.planMark(entry, plan, fd, options);
    SocketOptions.plan(entry, plan, fd, options.toBuilder().clearSoPasscred().build());
  }

  private void connectToName(file_entry entry) {
    file_entry peer = peer(entry);
    if (peer == null || isMutual(entry) || isListener(peer.getUsk())) {
      return;
    }
    if (!hasAddress(entry.getUsk(), peer.getUsk())) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "it is connected to a socket that is neither connected to it nor has a name");
    }
    int fd = plan.number(entry);
    names.connect(entry, call -> call.arg(fd), peer);
  }

  /** Before it is connected itself: then only its peer could. */
  private void sendToName(file_entry entry) {
    if (isSentToName(entry)) {
      queues.sendToName(entry, this::withAbstractName);
    }
  }

  /** Paths can be had by several, such names cannot. */
  private UnaryOperator<Op> withAbstractName(ByteString name) {
    for (file_entry entry : group) {
      if (name.byteAt(0) == 0 && entry.getUsk().getName().equals(name)) {
        return open.get(entry.getUsk().getIno());
      }
    }
    return null;
  }

  /** Where nobody of the tree is connected to it who could have sent all of it. */
  private boolean isSentToName(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    if (socket.getType() != Socket.SOCK_DGRAM || socket.getName().isEmpty() || isMutual(entry)) {
      return false;
    }
    file_entry sender = sender(entry);
    return sender == null || !queues.areFrom(entry, sender.getUsk().getName());
  }

  private void send(file_entry entry) {
    file_entry sender = isMutual(entry) && plan.isUsed(peer(entry)) ? peer(entry) : sender(entry);
    if (sender != null && !isSentToName(entry)) {
      queues.send(entry, open.get(sender.getUsk().getIno()), sender.getUsk().getName());
    }
  }

  private void finish(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    int fd = plan.number(entry);
    SocketExtras.planLocal(entry, plan, fd, socket.getOpts());
    if (socket.getOpts().getSoPasscred()) {
      SocketOptions.setInt(
          entry, plan, fd, Socket.SOL_SOCKET, Socket.SO_PASSCRED, "SO_PASSCRED", 1);
    }
    SocketFilter.plan(entry, plan, fd, socket.getOpts());
    SocketOptions.planShutdown(entry, plan, fd, socket.getShutdown());
    if (socket.getOpts().getReuseaddr()) {
      SocketOptions.setInt(
          entry, plan, fd, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, "SO_REUSEADDR", 1);
    }
    plan.setFlags(entry, fd, socket.getFlags());
  }
}
