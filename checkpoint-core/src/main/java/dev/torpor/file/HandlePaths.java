// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fh_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Pipe.FileHandle;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the paths of inodes by their file handles, open_by_handle_at(2), which takes
 * CAP_DAC_READ_SEARCH.
 *
 * <p>To open a directory of the mount, as CRIU does, is itself an event that a watch reports. So
 * the handles are looked up in a thread that has the directory as its current one: it gets there by
 * an O_PATH descriptor, of which no watch is told.
 */
final class HandlePaths {
  private final Descriptor descriptor;
  private final FileCapture capture;
  private final ProcFs proc;
  private final MountLookup lookup;
  private final List<MountInfo> mounts;

  /** Which mount the thread is in. */
  private int entered = -1;

  private HandlePaths(Descriptor descriptor, FileCapture capture) {
    this.descriptor = descriptor;
    this.capture = capture;
    this.proc = capture.context().proc();
    this.lookup = capture.context().mounts();
    this.mounts = MountInfo.read(proc, descriptor.pid());
  }

  /**
   * Adds the paths to the handles. One that was deleted gets none: a restore finds it among the
   * deleted files that the tree has open.
   *
   * @throws UnsupportedException for one that cannot be found
   */
  static void find(Descriptor descriptor, List<MarkedInode> inodes, FileCapture capture) {
    if (inodes.isEmpty()) {
      return;
    }
    HandlePaths paths = new HandlePaths(descriptor, capture);
    List<RuntimeException> failure = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                Sched.unshare(Sched.CLONE_FS);
                paths.findAll(inodes);
              } catch (RuntimeException e) {
                failure.add(e);
              }
            },
            "file handles");
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DumpException("interrupted while looking for watched files", e);
    }
    for (RuntimeException e : failure) {
      throw e;
    }
  }

  private void findAll(List<MarkedInode> inodes) {
    List<MarkedInode> missing = new ArrayList<>();
    try (NativeMemory memory = NativeMemory.allocate(FileHandle.SIZEOF + MarkLine.HANDLE_BYTES)) {
      for (MarkedInode inode : inodes) {
        if (!isFound(inode, memory)) {
          missing.add(inode);
        }
      }
    }
    if (!missing.isEmpty()) {
      NameSearch.find(descriptor, missing, mounts, capture);
    }
  }

  private boolean isFound(MarkedInode inode, NativeMemory memory) {
    fill(memory, inode.handle());
    for (MountInfo mount : mounts) {
      if (mount.device() == inode.device() && isFoundIn(mount, inode, memory)) {
        return true;
      }
    }
    return false;
  }

  private static void fill(NativeMemory memory, fh_entry.Builder handle) {
    memory.putInt(FileHandle.handle_bytes, handle.getBytes());
    memory.putInt(FileHandle.handle_type, handle.getType());
    for (int i = 0; i < handle.getHandleCount(); i++) {
      memory.putLong(FileHandle.f_handle + i * Long.BYTES, handle.getHandle(i));
    }
  }

  private boolean isFoundIn(MountInfo mount, MarkedInode inode, NativeMemory memory) {
    int fd = enter(mount) ? open(memory) : -1;
    if (fd < 0) {
      // What cannot be looked up in may still be the very thing: a file that is mounted. Of inodes
      // that have a handle the search by name says so.
      return inode.handle().getBytes() == 0 && isAt(mount.mountPoint(), mount, inode, null);
    }
    try {
      FileStat stat = FileStat.of(fd);
      if (stat.ino() != inode.ino()) {
        return false;
      }
      if (stat.nlink() == 0) {
        requireDeletedFile(descriptor, stat, inode, capture);
        return true;
      }
      String path = Unistd.readlinkat(Fcntl.AT_FDCWD, proc.root() + "/self/fd/" + fd);
      return isAt(path, mount, inode, stat);
    } finally {
      Unistd.close(fd);
    }
  }

  /** Makes the root of a mount the thread's current directory, if it is one and can be reached. */
  private boolean enter(MountInfo mount) {
    if (entered == mount.id()) {
      return true;
    }
    int fd = -1;
    try {
      String path = lookup.hostPath(descriptor.pid(), mount.mountPoint());
      fd = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
      String info = proc.root() + "/self/fdinfo/" + fd;
      if (Fdinfo.read(info).mntId() != mount.id()) {
        return false;
      }
      Unistd.fchdir(fd);
      entered = mount.id();
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.EACCES)) {
        return false;
      }
      throw e;
    } finally {
      if (fd >= 0) {
        Unistd.close(fd);
      }
    }
  }

  /** In the current directory; -1 if the file system does not know the handle. */
  private static int open(NativeMemory handle) {
    try {
      return dev.torpor.linux.Pipe.openByHandleAt(
          Fcntl.AT_FDCWD, handle, Fcntl.O_PATH | Fcntl.O_CLOEXEC);
    } catch (ErrnoException e) {
      if (e.is(Errno.EPERM)) {
        throw new DumpException(
            "cannot look for watched files: it takes CAP_DAC_READ_SEARCH", e.errno(), e);
      }
      return -1;
    }
  }

  /**
   * Whether a path of the task leads to the inode.
   *
   * @param stat of the inode, or null if its number is all that is known
   */
  private boolean isAt(String path, MountInfo mount, MarkedInode inode, FileStat stat) {
    try {
      FileStat found = FileStat.ofPath(lookup.hostPath(descriptor.pid(), path));
      if (stat == null ? found.ino() != inode.ino() : !found.sameFile(stat)) {
        return false;
      }
    } catch (ErrnoException e) {
      return false;
    }
    inode.handle().setPathBytes(ByteString.copyFrom(KernelString.encode(path)));
    int mountId = lookup.imageMountId(descriptor.subject(), mount.id());
    if (mountId != MountLookup.NOT_IN_IMAGES) {
      inode.handle().setMntId(mountId);
    }
    return true;
  }

  /** Its content must be in the images, which is known when all files of the tree are. */
  static void requireDeletedFile(
      Descriptor descriptor, FileStat stat, MarkedInode inode, FileCapture capture) {
    String subject = descriptor.subject();
    DeletedFiles deleted = capture.state(DeletedFiles.class, DeletedFiles::new);
    capture.atEnd(
        () -> {
          if (!deleted.has(stat)) {
            String kind = stat.is(Stat.S_IFDIR) ? "directory" : "file";
            throw new UnsupportedException(
                subject,
                inode.what()
                    + " is on a deleted "
                    + kind
                    + " that only a process outside of the tree has open; let the program remove"
                    + " it before the dump");
          }
        });
  }
}
