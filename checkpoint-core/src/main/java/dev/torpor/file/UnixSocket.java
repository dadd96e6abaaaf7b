// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A Unix domain socket, unix(7). */
public final class UnixSocket implements FileRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.SK_QUEUES);
  }

  @Override
  public fd_types type() {
    return fd_types.UNIXSK;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.isSocketOf(Socket.AF_UNIX);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    UnixSockets sockets = capture.state(UnixSockets.class, UnixSockets::new);
    UnixSockets.State state = sockets.of(descriptor);
    unix_sk_entry.Builder socket =
        unix_sk_entry
            .newBuilder()
            .setId(id)
            .setIno(state.ino)
            .setType(state.type)
            .setState(state.tcpState)
            .setFlags(descriptor.flags())
            .setUflags(0)
            .setBacklog(state.writeQueue)
            .setPeer(state.peer)
            .setFown(capture.owner(descriptor))
            .setOpts(
                SocketOptions.capture(descriptor, true, capture).toBuilder()
                    .addAllExtraOpts(
                        SocketExtras.ofLocal(descriptor, Socket.AF_UNIX, state.type, 0, capture)))
            .setName(ByteString.copyFrom(state.name))
            .setNsId(SocketOptions.netNsId(descriptor, capture.context()));
    if (ServiceConnection.isEnd(capture, state)) {
      ServiceConnection.capture(descriptor, state, socket);
      return file_entry.newBuilder().setType(fd_types.UNIXSK).setId(id).setUsk(socket).build();
    }
    PeerCredentials.capture(descriptor, socket, capture.context().pids());
    sockets.captured.put(state.ino, socket);
    if (state.shutdown != 0) {
      socket.setShutdown(sk_shutdown.forNumber(state.shutdown));
    }
    if (state.name.length > 0 && state.name[0] != 0) {
      boolean isBound = isBoundItself(state.type, state.tcpState);
      UnixSocketFile.capture(descriptor, isBound, socket, capture.context());
    }
    if (state.tcpState == Tcp.TCP_LISTEN) {
      if (state.waitingConnections.length > 0) {
        AcceptQueue.capture(descriptor, socket, sockets, capture);
      }
    } else {
      captureQueue(descriptor, state, socket, capture);
    }
    if (state.peer != 0) {
      capture.atEnd(() -> checkPeer(descriptor, socket, sockets));
    }
    return file_entry.newBuilder().setType(fd_types.UNIXSK).setId(id).setUsk(socket).build();
  }

  private static void captureQueue(
      Descriptor descriptor,
      UnixSockets.State state,
      unix_sk_entry.Builder socket,
      FileCapture capture) {
    boolean error = PendingError.waits(descriptor);
    if (error) {
      captureReset(descriptor, state, socket, capture);
    }
    if (!error || state.type == Socket.SOCK_STREAM) {
      boolean atEnd =
          state.shutdown == sk_shutdown.READ_VALUE || state.shutdown == sk_shutdown.BOTH_VALUE;
      new SocketQueue(descriptor, socket.getId(), capture)
          .capture(state.type, state.receiveQueue, atEnd);
    }
  }

  /**
   * Its peer went away without having read all, which the program is told once (ECONNRESET), of a
   * stream behind what waits. Of datagram sockets, whose peer has turned to another, that is not
   * carried.
   */
  private static void captureReset(
      Descriptor descriptor,
      UnixSockets.State state,
      unix_sk_entry.Builder socket,
      FileCapture capture) {
    if (state.type != Socket.SOCK_STREAM && state.receiveQueue > 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "an error waits in it, and behind that messages, which nobody can look at without taking"
              + " the error; let the program read them before the dump");
    }
    if (state.type != Socket.SOCK_DGRAM && state.peer == 0) {
      socket.setReset(true);
    } else {
      PendingError.warnIfLost(descriptor, capture);
    }
  }

  private static void checkPeer(
      Descriptor descriptor, unix_sk_entry.Builder socket, UnixSockets sockets) {
    String connected =
        "it is connected to socket " + Integer.toUnsignedString(socket.getPeer()) + ", which is ";
    unix_sk_entry.Builder peer = sockets.captured.get(socket.getPeer());
    if (peer == null) {
      throw new UnsupportedException(
          descriptor.subject(),
          connected + "outside of what is dumped; let the task close it before the dump");
    }
    boolean found =
        UnixSocketsPlan.isMutual(socket, peer)
            || UnixSocketsPlan.hasAddress(socket, peer)
            || UnixSocketsPlan.isListener(peer);
    if (!found) {
      throw new UnsupportedException(
          descriptor.subject(), connected + "not connected to it and has no name; not carried");
    }
  }

  /** Not so for what accept(2) gave: it shows the name of the socket that listened. */
  static boolean isBoundItself(int type, int tcpState) {
    return type == Socket.SOCK_DGRAM || tcpState != Tcp.TCP_ESTABLISHED;
  }

  @Override
  public String describe(file_entry entry) {
    unix_sk_entry socket = entry.getUsk();
    String name = UnixName.show(socket.getName().toByteArray());
    return "unix socket "
        + (name.isEmpty() ? Integer.toUnsignedString(socket.getIno()) : name)
        + (socket.getState() == Tcp.TCP_LISTEN ? ", listening" : "");
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getUsk().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getUsk().getFlags();
  }

  /**
   * Sockets that are connected, those of one name, which is bound to one after another, those that
   * others have sent something to, and those that wait in another to be received.
   */
  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    Map<Integer, Integer> leaders = new HashMap<>();
    Map<List<ByteString>, Integer> names = new HashMap<>();
    Map<Integer, Integer> inos = new HashMap<>();
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      if (entry.hasUsk()) {
        unix_sk_entry socket = entry.getUsk();
        inos.put(socket.getId(), socket.getIno());
        if (socket.getPeer() != 0) {
          join(leaders, socket.getIno(), socket.getPeer());
        }
        if (!socket.getName().isEmpty()) {
          List<ByteString> name = List.of(socket.getNameDirBytes(), socket.getName());
          join(leaders, socket.getIno(), names.computeIfAbsent(name, key -> socket.getIno()));
        }
      }
    }
    SocketQueuePlan.Queues queues = SocketQueuePlan.Queues.of(images);
    for (int id : inos.keySet()) {
      for (int waiting : queues.inFlight(id)) {
        if (inos.containsKey(waiting)) {
          join(leaders, inos.get(id), inos.get(waiting));
        }
      }
    }
    for (sk_packet_entry packet : queues.named()) {
      Integer sender = names.get(List.of(ByteString.EMPTY, packet.getSender()));
      Integer receiver = inos.get(packet.getIdFor());
      if (sender != null && receiver != null) {
        join(leaders, receiver, sender);
      }
    }
    return entry -> leader(leaders, entry.getUsk().getIno());
  }

  @Override
  public List<Integer> inFlight(file_entry entry, FilesPlanner planner) {
    ImageStore images = planner.images();
    return planner
        .facts()
        .of(SocketQueuePlan.Queues.class, () -> SocketQueuePlan.Queues.of(images))
        .inFlight(entry.getId());
  }

  /** One number, for the file of a socket that others can reach by no name. */
  @Override
  public void prepare(FilesPlanner planner) {
    for (file_entry entry : planner.images().entries(ImageType.FILES, file_entry.parser())) {
      if (entry.hasUsk() && entry.getUsk().getDeleted()) {
        planner.needTemporary(1);
        return;
      }
    }
  }

  private static void join(Map<Integer, Integer> leaders, int a, int b) {
    int one = leader(leaders, a);
    int other = leader(leaders, b);
    if (one != other) {
      leaders.put(one, other);
    }
  }

  private static int leader(Map<Integer, Integer> leaders, int ino) {
    int at = ino;
    Integer next;
    while ((next = leaders.get(at)) != null) {
      at = next;
    }
    return at;
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    int given =
        plan.given("socket:[" + Integer.toUnsignedString(group.get(0).getUsk().getIno()) + "]");
    if (given >= 0 && group.size() == 1) {
      plan.place(group.get(0), given);
      return;
    }
    new UnixSocketsPlan(group, plan).plan();
  }
}
