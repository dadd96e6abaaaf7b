// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.file_lock_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import dev.torpor.proc.LockLine;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.nio.file.Path;

/**
 * Nobody holds a lock of a file that one of the tree's would have to wait for. To take it for a try
 * would turn others away, so /proc/locks is asked.
 *
 * @param purpose what is restored, for the message
 * @param kind that of the lock, no lease
 * @param lock its entry
 * @param file that of the file
 */
record FreeLock(String purpose, LockKind kind, file_lock_entry lock, reg_file_entry file)
    implements Need {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));

  @Override
  public void verify(Machine machine) {
    int fd;
    try {
      String path = KernelString.decode(file.getNameBytes().toByteArray());
      fd = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
    } catch (ErrnoException e) {
      // Whoever opens it to have it will tell.
      return;
    }
    try {
      String fdinfo = PROC.root() + "/self/fdinfo/" + fd;
      look(Fdinfo.read(fdinfo));
    } finally {
      Unistd.close(fd);
    }
  }

  private void look(Fdinfo opened) {
    int device = device(opened.mntId());
    for (LockLine other : LockLine.read(PROC)) {
      if (!other.waits()
          && other.device() == device
          && other.ino() == opened.ino()
          && conflicts(other)) {
        throw new RestoreException(
            purpose + ": it is taken " + holder(other) + "; let it go, and restore again",
            Errno.EAGAIN.number(),
            null);
      }
    }
  }

  /** The number of a file's superblock, which stat(2) does not tell of every file system. */
  private static int device(int mntId) {
    for (MountInfo mount : MountInfo.read(PROC, Unistd.getpid())) {
      if (mount.id() == mntId) {
        return mount.device();
      }
    }
    return -1;
  }

  private boolean conflicts(LockLine other) {
    LockKind otherKind = LockKind.ofWord(other.kind());
    boolean anyWrites = lock.getType() == Fcntl.F_WRLCK || other.type() == Fcntl.F_WRLCK;
    if (otherKind == null || !anyWrites) {
      return false;
    }
    if (!kind.hasRange()) {
      return otherKind == LockKind.FLOCK;
    }
    long end = lock.getLen() == 0 ? LockLine.TO_THE_END : lock.getStart() + lock.getLen() - 1;
    return otherKind.hasRange() && other.overlaps(lock.getStart(), end);
  }

  /** Of a lock of an open file no process is known. */
  private static String holder(LockLine other) {
    if (other.pid() <= 0) {
      return "by an open file description";
    }
    try {
      String comm = PROC.stat(other.pid(), other.pid()).comm();
      return "by '" + comm + "' (pid " + other.pid() + ")";
    } catch (ProcException e) {
      return "by a process with pid " + other.pid();
    }
  }
}
