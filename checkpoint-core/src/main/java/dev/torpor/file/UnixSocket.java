// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.file_perms_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A Unix domain socket, unix(7). */
public final class UnixSocket implements FileRoom {
  private static final String DELETED = " (deleted)";

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.SK_QUEUES);
  }

  @Override
  public fd_types type() {
    return fd_types.UNIXSK;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.stat().is(Stat.S_IFSOCK)
        && descriptor.link().startsWith("socket:[")
        && Socket.getInt(descriptor.borrowed(), Socket.SOL_SOCKET, Socket.SO_DOMAIN)
            == Socket.AF_UNIX;
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    UnixSockets sockets = capture.state(UnixSockets.class, UnixSockets::new);
    UnixSockets.State state = sockets.of(descriptor);
    refuse(descriptor, state);
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
            .setOpts(SocketOptions.capture(descriptor, true))
            .setName(ByteString.copyFrom(state.name))
            .setNsId(SocketOptions.netNsId(descriptor, capture.context()));
    sockets.captured.put(state.ino, socket);
    if (state.shutdown != 0) {
      socket.setShutdown(sk_shutdown.forNumber(state.shutdown));
    }
    if (state.name.length > 0 && state.name[0] != 0) {
      captureFile(descriptor, state, socket, capture.context());
    }
    if (state.receiveQueue != 0 && state.tcpState != Tcp.TCP_LISTEN) {
      boolean atEnd =
          state.shutdown == sk_shutdown.READ_VALUE || state.shutdown == sk_shutdown.BOTH_VALUE;
      SocketQueue.capture(descriptor, id, state.type, atEnd, capture.images());
    }
    if (state.peer != 0) {
      capture.atEnd(() -> checkPeer(descriptor, socket, sockets));
    }
    return file_entry.newBuilder().setType(fd_types.UNIXSK).setId(id).setUsk(socket).build();
  }

  private static void refuse(Descriptor descriptor, UnixSockets.State state) {
    if (state.tcpState == Tcp.TCP_LISTEN && state.waitingConnections > 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          state.waitingConnections
              + " connections wait to be accepted by it; not carried yet, try again");
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
    if (!UnixSocketsPlan.isMutual(socket, peer) && !UnixSocketsPlan.hasAddress(socket, peer)) {
      throw new UnsupportedException(
          descriptor.subject(), connected + "not connected to it and has no name; not carried");
    }
  }

  /** A bound socket holds the file of its name open. */
  private static void captureFile(
      Descriptor descriptor,
      UnixSockets.State state,
      unix_sk_entry.Builder socket,
      CaptureContext context) {
    int fd;
    try {
      fd = Ioctl.ioctl(descriptor.borrowed(), Ioctl.SIOCUNIXFILE, "SIOCUNIXFILE", 0);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EINVAL)) {
        throw new UnsupportedException(
            descriptor.subject(), "it is bound to a path, but has no file");
      }
      throw e;
    }
    try {
      FileStat stat = FileStat.of(fd);
      socket.setFilePerms(
          file_perms_entry.newBuilder().setMode(stat.mode()).setUid(stat.uid()).setGid(stat.gid()));
      String self = context.proc().root() + "/self/";
      String path = Unistd.readlinkat(Fcntl.AT_FDCWD, self + "fd/" + fd);
      if (path.endsWith(DELETED) && stat.nlink() == 0) {
        path = path.substring(0, path.length() - DELETED.length());
        socket.setDeleted(true);
        if (isBoundItself(state)) {
          throw new UnsupportedException(
              descriptor.subject(), "its name " + path + " is deleted; not carried yet");
        }
      }
      if (state.name[0] != '/') {
        socket.setNameDir(directory(descriptor, path, state.name));
      } else if (!socket.getDeleted()) {
        checkName(descriptor, path, stat, state.name, context);
      }
      String info = self + "fdinfo/" + fd;
      int mntId = Fdinfo.parse(info, ProcFs.text(info)).mntId();
      int mountId = context.mounts().imageMountId(descriptor.subject(), mntId);
      if (mountId != MountLookup.NOT_IN_IMAGES) {
        socket.setMntId(mountId);
      }
    } finally {
      Unistd.close(fd);
    }
  }

  /** Not so for what accept(2) gave: it shows the name of the socket that listened. */
  private static boolean isBoundItself(UnixSockets.State state) {
    return state.type == Socket.SOCK_DGRAM || state.tcpState != Tcp.TCP_ESTABLISHED;
  }

  /**
   * A path of the name leads to the socket, unless it was renamed since: then a restore would bind
   * it where nobody looks for it.
   */
  private static void checkName(
      Descriptor descriptor, String path, FileStat stat, byte[] name, CaptureContext context) {
    String bound = KernelString.decode(UnixName.withoutNul(name));
    if (bound.equals(path)) {
      return;
    }
    int root = Fcntl.open(context.mounts().hostPath(descriptor.pid(), "/"), Fcntl.O_PATH, 0);
    try {
      long within = Fcntl.RESOLVE_IN_ROOT;
      int found = Fcntl.openat2(root, bound, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0, within);
      try {
        if (FileStat.of(found).sameFile(stat)) {
          return;
        }
      } finally {
        Unistd.close(found);
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
    } finally {
      Unistd.close(root);
    }
    throw renamed(descriptor, bound, path);
  }

  private static UnsupportedException renamed(Descriptor descriptor, String bound, String path) {
    return new UnsupportedException(
        descriptor.subject(),
        "it was bound to "
            + bound
            + ", which has become "
            + path
            + "; not carried, let the program bind it to its final name");
  }

  private static String directory(Descriptor descriptor, String path, byte[] name) {
    String relative = KernelString.decode(UnixName.withoutNul(name));
    if (!path.endsWith("/" + relative)) {
      throw renamed(descriptor, relative, path);
    }
    String directory = path.substring(0, path.length() - relative.length() - 1);
    return directory.isEmpty() ? "/" : directory;
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

  /** Sockets that are connected, and those that got their name from one that listens. */
  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    Map<Integer, Integer> leaders = new HashMap<>();
    Map<ByteString, Integer> listeners = new HashMap<>();
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      if (entry.hasUsk() && entry.getUsk().getState() == Tcp.TCP_LISTEN) {
        listeners.put(entry.getUsk().getName(), entry.getUsk().getIno());
      }
    }
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      if (entry.hasUsk()) {
        unix_sk_entry socket = entry.getUsk();
        if (socket.getPeer() != 0) {
          join(leaders, socket.getIno(), socket.getPeer());
        }
        Integer listener = listeners.get(socket.getName());
        if (listener != null && !socket.getName().isEmpty()) {
          join(leaders, socket.getIno(), listener);
        }
      }
    }
    return entry -> leader(leaders, entry.getUsk().getIno());
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
