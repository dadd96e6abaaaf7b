// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_perms_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.Directory;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;

/**
 * The file that bind(2) has made for a Unix socket. The socket holds it open, and keeps the name it
 * was bound to; the file may have lost that since, or have another.
 */
final class UnixSocketFile {
  private static final String DELETED = " (deleted)";

  private final Descriptor descriptor;
  private final CaptureContext context;
  private final FileStat stat;
  private final String bound;
  private final String path;
  private final boolean unlinked;
  private final int mntId;

  private UnixSocketFile(Descriptor descriptor, byte[] name, CaptureContext context) {
    this.descriptor = descriptor;
    this.context = context;
    this.bound = KernelString.decode(UnixName.withoutNul(name));
    int fd = open(descriptor);
    try {
      this.stat = FileStat.of(fd);
      String self = context.proc().root() + "/self/";
      String link = Unistd.readlinkat(Fcntl.AT_FDCWD, self + "fd/" + fd);
      this.unlinked = link.endsWith(DELETED) && !leadsTo(link);
      this.path = unlinked ? link.substring(0, link.length() - DELETED.length()) : link;
      String info = self + "fdinfo/" + fd;
      this.mntId = Fdinfo.read(info).mntId();
    } finally {
      Unistd.close(fd);
    }
  }

  private static int open(Descriptor descriptor) {
    try {
      return Ioctl.ioctl(descriptor.borrowed(), Ioctl.SIOCUNIXFILE, "SIOCUNIXFILE", 0);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EINVAL)) {
        throw new UnsupportedException(
            descriptor.subject(), "it is bound to a path, but has no file");
      }
      throw e;
    }
  }

  /**
   * Adds what is to be known of it to the entry of the socket.
   *
   * @param isBound whether the socket was bound itself, and has not got its name from one that
   *     listens
   */
  static void capture(
      Descriptor descriptor,
      boolean isBound,
      unix_sk_entry.Builder socket,
      CaptureContext context) {
    new UnixSocketFile(descriptor, socket.getName().toByteArray(), context).add(isBound, socket);
  }

  private void add(boolean isBound, unix_sk_entry.Builder socket) {
    socket.setFilePerms(
        file_perms_entry.newBuilder().setMode(stat.mode()).setUid(stat.uid()).setGid(stat.gid()));
    if (unlinked) {
      socket.setDeleted(true);
    }
    String directory = bound.startsWith("/") ? "" : directory();
    if (directory == null && isBound) {
      throw new UnsupportedException(
          descriptor.subject(),
          "it was bound to "
              + bound
              + ", which has become "
              + path
              + ", and from which directory is not to be seen; not carried, let the program bind it"
              + " to an absolute name");
    }
    if (!bound.startsWith("/") && directory != null) {
      socket.setNameDir(directory);
    }
    if (isBound) {
      addOtherName(UnixName.absolute(directory, bound), socket);
    }
    addMount(socket);
  }

  /** One that a restore has made for a deleted file is attached nowhere. */
  private void addMount(unix_sk_entry.Builder socket) {
    if (stat.nlink() > 0) {
      int mountId = context.mounts().imageMountId(descriptor.subject(), mntId);
      if (mountId != MountLookup.NOT_IN_IMAGES) {
        socket.setMntId(mountId);
      }
    }
  }

  private void addOtherName(String name, unix_sk_entry.Builder socket) {
    if (stat.nlink() > 1) {
      throw new UnsupportedException(
          descriptor.subject(),
          "its file "
              + path
              + " has "
              + stat.nlink()
              + " names (hard links); not carried, remove all but one before the dump");
    }
    String now = unlinked ? otherName() : path;
    if (now != null && !now.equals(name) && !leadsTo(name)) {
      socket.setFilePath(ByteString.copyFrom(KernelString.encode(now)));
    }
  }

  /** Which directory the name is relative to, or null if nobody knows. */
  private String directory() {
    String plain = UnixName.withoutDots(bound);
    if (path.endsWith("/" + plain)) {
      String directory = path.substring(0, path.length() - plain.length() - 1);
      return directory.isEmpty() ? "/" : directory;
    }
    String cwd = Unistd.readlinkat(Fcntl.AT_FDCWD, context.proc().path(descriptor.pid(), "cwd"));
    if (!unlinked && leadsTo(UnixName.absolute(cwd, bound))) {
      return cwd;
    }
    // Renamed: any directory will do, as it is there for a moment only.
    return plain.indexOf('/') < 0 ? UnixName.parent(path) : null;
  }

  private boolean leadsTo(String name) {
    int root = Fcntl.open(context.mounts().hostPath(descriptor.pid(), "/"), Fcntl.O_PATH, 0);
    try {
      int flags = Fcntl.O_PATH | Fcntl.O_NOFOLLOW;
      int found = Fcntl.openat2(root, name, flags, 0, Fcntl.RESOLVE_IN_ROOT);
      try {
        return FileStat.of(found).sameFile(stat);
      } finally {
        Unistd.close(found);
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      return false;
    } finally {
      Unistd.close(root);
    }
  }

  /**
   * The name that is left to a file which was linked, and has lost the first; null if it has none.
   */
  private String otherName() {
    if (stat.nlink() == 0) {
      return null;
    }
    String parent = UnixName.parent(path);
    try {
      int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
      int directory = Fcntl.open(context.mounts().hostPath(descriptor.pid(), parent), flags, 0);
      try {
        for (String name : new Directory(directory).names()) {
          if (leadsTo(UnixName.absolute(parent, name))) {
            return UnixName.absolute(parent, name);
          }
        }
      } finally {
        Unistd.close(directory);
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    throw new UnsupportedException(
        descriptor.subject(),
        "it was bound to "
            + bound
            + ", and its file has another name now, which is not in "
            + parent
            + "; not carried, let the program bind it to its final name");
  }
}
