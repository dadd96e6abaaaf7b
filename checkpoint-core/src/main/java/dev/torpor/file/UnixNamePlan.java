// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Mount;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.plan.ProcDescriptor;
import java.util.Arrays;

/** Plans that Unix sockets get their names, and that others find them by these. */
final class UnixNamePlan {
  private static final int MODE_BITS = 07777;
  private static final int DIRECTORY_MODE = 0700;

  private final OpenPlan plan;

  UnixNamePlan(OpenPlan plan) {
    this.plan = plan;
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
      bindTo(entry, fd, name);
    } else if (socket.hasFilePath()) {
      bindThere(entry, fd, name);
      rename(entry, name, socket.getFilePath().toByteArray());
    } else if (socket.getDeleted()) {
      bindNowhere(entry, fd, name);
    } else {
      bindThere(entry, fd, name);
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

  private void bindTo(file_entry entry, int fd, byte[] name) {
    Data address = address(name);
    plan.call(entry, "bind", Nr.SYS_bind).arg(fd).arg(address).arg(address.lengthBytes());
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
    bindTo(entry, fd, name);
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

  /**
   * The name belongs to whoever has it by now. So it is bound in a tmpfs that nobody sees, which
   * has no more than the directories of the name, and is gone with the file.
   */
  private void bindNowhere(file_entry entry, int fd, byte[] name) {
    if (plan.sharesRoot()) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "its name is deleted, and tasks share their root directory (CLONE_FS); not carried");
    }
    int flags = Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
    Op root =
        plan.call(entry, "open /", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(plan.program().string("/"))
            .arg(flags)
            .arg(0);
    enterTmpfs(entry);
    makeDirectories(entry, name);
    enterDirectory(entry);
    bindTo(entry, fd, name);
    setOwner(entry, name);
    plan.call(entry, "unlink", Nr.SYS_unlinkat).arg(Fcntl.AT_FDCWD).arg(path(name)).arg(0);
    enterRoot(entry, root);
    plan.close(entry, root);
  }

  private void enterTmpfs(file_entry entry) {
    Op context =
        plan.call(entry, "fsopen", Nr.SYS_fsopen)
            .arg(plan.program().string("tmpfs"))
            .arg(Mount.FSOPEN_CLOEXEC);
    plan.call(entry, "fsconfig", Nr.SYS_fsconfig)
        .arg(context)
        .arg(Mount.FSCONFIG_CMD_CREATE)
        .arg(0)
        .arg(0)
        .arg(0);
    Op mount =
        plan.call(entry, "fsmount", Nr.SYS_fsmount).arg(context).arg(Mount.FSMOUNT_CLOEXEC).arg(0);
    enterRoot(entry, mount);
    plan.close(entry, mount);
    plan.close(entry, context);
  }

  private void enterRoot(file_entry entry, Op directory) {
    plan.call(entry, "fchdir", Nr.SYS_fchdir).arg(directory);
    plan.call(entry, "chroot", Nr.SYS_chroot).arg(plan.program().string("."));
  }

  /** All that the name passes; some of these are there already, as {@code ..} is. */
  private void makeDirectories(file_entry entry, byte[] name) {
    String directory = entry.getUsk().getNameDir();
    String path = UnixName.absolute(directory, KernelString.decode(UnixName.withoutNul(name)));
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      byte[] prefix = KernelString.encode(path.substring(0, slash));
      plan.call(entry, "mkdir", Nr.SYS_mkdirat)
          .arg(Fcntl.AT_FDCWD)
          .arg(path(prefix))
          .arg(DIRECTORY_MODE)
          .expectAnything();
    }
  }

  /** Connects a socket to another one of the tree, for which that gives its name. */
  void connect(file_entry entry, int fd, file_entry to) {
    Data address = enter(entry, to);
    plan.call(entry, "connect", Nr.SYS_connect).arg(fd).arg(address).arg(address.lengthBytes());
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
      return address(terminated(KernelString.encode(now.substring(now.lastIndexOf('/') + 1))));
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
    return address(terminated(KernelString.encode("self/fd/" + temporary)));
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

  private static byte[] terminated(byte[] path) {
    return Arrays.copyOf(path, path.length + 1);
  }

  private Data path(byte[] name) {
    return plan.program().bytes(terminated(UnixName.withoutNul(name)));
  }

  private Data address(byte[] name) {
    Data address = plan.program().reserve(Sockaddr.SockaddrUn.sun_path + name.length);
    return address
        .putShort(Sockaddr.SockaddrUn.sun_family, Socket.AF_UNIX)
        .putBytes(Sockaddr.SockaddrUn.sun_path, name);
  }
}
