// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.plan.ProcDescriptor;
import java.util.function.UnaryOperator;

/** Plans that Unix sockets get their names, and that others find them by these. */
final class UnixNamePlan {
  private static final int MODE_BITS = 07777;

  private final OpenPlan plan;
  private final NowherePlan nowhere;

  UnixNamePlan(OpenPlan plan) {
    this.plan = plan;
    this.nowhere = new NowherePlan(plan);
  }

  /** Gives it the name that it was bound to, if any, and its file the name that this has now. */
  void bind(file_entry entry, int fd) {
    unix_sk_entry socket = entry.getUsk();
    byte[] name = socket.getName().toByteArray();
    if (name.length == 0) {
      return;
    }
    if (name[0] == 0) {
      takes(entry, Sched.CLONE_NEWNET, name);
      bindTo(entry, call -> call.arg(fd), name);
    } else if (socket.hasFilePath()) {
      bindThere(entry, fd, name);
      rename(entry, name, socket.getFilePath().toByteArray());
    } else if (socket.getDeleted()) {
      bindNowhere(entry, fd, name);
    } else {
      bindThere(entry, fd, name);
    }
  }

  /**
   * Gives a socket that only sends something the name that the sender of this had. Whoever has a
   * path by now keeps it.
   */
  void bindPasserBy(file_entry entry, UnaryOperator<Op> socket, byte[] name) {
    if (name[0] == 0) {
      takes(entry, Sched.CLONE_NEWNET, name);
      bindTo(entry, socket, name);
    } else {
      Op root = nowhere.enter(entry, fullPath("", name));
      bindTo(entry, socket, name);
      nowhere.leave(entry, root);
    }
  }

  private void takes(file_entry entry, long namespace, byte[] name) {
    if (plan.isStarters(namespace)) {
      unix_sk_entry socket = entry.getUsk();
      plan.takes(
          new FreeUnixName(
              plan.purpose(entry),
              socket.getType(),
              socket.getNameDir(),
              ByteString.copyFrom(name)));
    }
  }

  private void bindTo(file_entry entry, UnaryOperator<Op> socket, byte[] name) {
    Data address = address(name);
    socket.apply(plan.call(entry, "bind", Nr.SYS_bind)).arg(address).arg(address.lengthBytes());
  }

  private void bindThere(file_entry entry, int fd, byte[] name) {
    enterDirectory(entry);
    checkNoOtherFile(entry, name);
    plan.call(entry, "remove the old socket", Nr.SYS_unlinkat)
        .arg(Fcntl.AT_FDCWD)
        .arg(path(name))
        .arg(0)
        .expectAnything();
    takes(entry, Sched.CLONE_NEWNS, name);
    bindTo(entry, call -> call.arg(fd), name);
    setOwner(entry, name);
  }

  private void setOwner(file_entry entry, byte[] name) {
    unix_sk_entry socket = entry.getUsk();
    if (socket.hasFilePerms()) {
      plan.call(entry, "chown", Nr.SYS_fchownat)
          .arg(Fcntl.AT_FDCWD)
          .arg(path(name))
          .arg(socket.getFilePerms().getUid())
          .arg(socket.getFilePerms().getGid())
          .arg(Fcntl.AT_SYMLINK_NOFOLLOW);
      plan.call(entry, "chmod", Nr.SYS_fchmodat)
          .arg(Fcntl.AT_FDCWD)
          .arg(path(name))
          .arg(socket.getFilePerms().getMode() & MODE_BITS);
    }
  }

  /** Takes the place of the socket that the dumped one has left, but of nothing else. */
  private void rename(file_entry entry, byte[] name, byte[] to) {
    takes(entry, Sched.CLONE_NEWNS, to);
    checkNoOtherFile(entry, to);
    plan.call(entry, "rename to " + KernelString.decode(to), Nr.SYS_renameat)
        .arg(Fcntl.AT_FDCWD)
        .arg(path(name))
        .arg(Fcntl.AT_FDCWD)
        .arg(path(to));
  }

  /** Only a socket, or nothing, cannot be opened. */
  private void checkNoOtherFile(file_entry entry, byte[] name) {
    Op there =
        plan.call(entry, "look for an old socket", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(path(name))
            .arg(Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_NOCTTY)
            .arg(0)
            .expectAnything();
    plan.call(entry, "check that no other file has its name", Nr.SYS_fcntl)
        .arg(there)
        .arg(Fcntl.F_GETFD)
        .expect(-Errno.EBADF.number());
  }

  /** The name belongs to whoever has it by now. */
  private void bindNowhere(file_entry entry, int fd, byte[] name) {
    Op root = nowhere.enter(entry, fullPath(entry.getUsk().getNameDir(), name));
    enterDirectory(entry);
    bindTo(entry, call -> call.arg(fd), name);
    setOwner(entry, name);
    plan.call(entry, "unlink", Nr.SYS_unlinkat).arg(Fcntl.AT_FDCWD).arg(path(name)).arg(0);
    nowhere.leave(entry, root);
  }

  private static String fullPath(String directory, byte[] name) {
    return UnixName.absolute(directory, KernelString.decode(UnixName.withoutNul(name)));
  }

  /** Connects a socket to another one of the tree, for which that gives its name. */
  void connect(file_entry entry, UnaryOperator<Op> socket, file_entry to) {
    Data address = enter(entry, to);
    socket
        .apply(plan.call(entry, "connect", Nr.SYS_connect))
        .arg(address)
        .arg(address.lengthBytes());
    leave(entry, to);
  }

  /** Goes to where a socket can be reached; gives the address for it there. */
  Data enter(file_entry caller, file_entry to) {
    unix_sk_entry socket = to.getUsk();
    byte[] name = socket.getName().toByteArray();
    if (name[0] == 0) {
      return address(name);
    }
    if (socket.hasFilePath()) {
      String now = KernelString.decode(socket.getFilePath().toByteArray());
      chdir(caller, KernelString.encode(UnixName.parent(now)));
      return address(
          UnixName.terminated(KernelString.encode(now.substring(now.lastIndexOf('/') + 1))));
    }
    if (!socket.getDeleted()) {
      enterDirectory(to);
      return address(name);
    }
    int temporary = plan.temporary();
    Op file =
        plan.call(caller, "open the file of " + UnixName.show(name), Nr.SYS_ioctl)
            .arg(plan.number(to))
            .arg(Ioctl.SIOCUNIXFILE)
            .arg(0);
    plan.call(caller, "place", Nr.SYS_dup3)
        .arg(file)
        .arg(temporary)
        .arg(Fcntl.O_CLOEXEC)
        .expect(temporary);
    plan.close(caller, file);
    int proc = plan.fact(ProcDescriptor.class).number();
    plan.call(caller, "fchdir to /proc", Nr.SYS_fchdir).arg(proc);
    return address(UnixName.terminated(KernelString.encode("self/fd/" + temporary)));
  }

  /** Lets go of what {@link #enter} has taken. */
  void leave(file_entry caller, file_entry to) {
    unix_sk_entry socket = to.getUsk();
    if (socket.getDeleted() && !socket.hasFilePath()) {
      plan.call(caller, "close", Nr.SYS_close).arg(plan.temporary());
    }
  }

  /** A relative name is one of where the task was then. FS comes later. */
  private void enterDirectory(file_entry entry) {
    if (entry.getUsk().hasNameDir()) {
      chdir(entry, entry.getUsk().getNameDirBytes().toByteArray());
    }
  }

  private void chdir(file_entry entry, byte[] directory) {
    plan.call(entry, "chdir " + KernelString.decode(directory), Nr.SYS_chdir).arg(path(directory));
  }

  private Data path(byte[] name) {
    return plan.program().string(UnixName.withoutNul(name));
  }

  private Data address(byte[] name) {
    Data address = plan.program().reserve(Sockaddr.SockaddrUn.sun_path + name.length);
    return address
        .putShort(Sockaddr.SockaddrUn.sun_family, Socket.AF_UNIX)
        .putBytes(Sockaddr.SockaddrUn.sun_path, name);
  }
}
