// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.file_lock_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.plan.Step;
import dev.torpor.plan.Surroundings;

/**
 * Plans the return of one lock. It is taken behind all that closes files, because a process loses
 * its POSIX locks of a file with any descriptor of the file that it closes; and never waited for.
 */
public final class LockPlan {
  private static final String TAKEN =
      "somebody else holds a lock of the file (/proc/locks names the process and the inode);"
          + " let it go, and restore again";

  private final file_lock_entry lock;
  private final LockKind kind;
  private final FilesPlanner files;
  private final RestoreTask task;
  private final file_entry file;
  private final String purpose;

  private LockPlan(file_lock_entry lock, FilesPlanner files) {
    this.lock = lock;
    this.files = files;
    this.kind = LockKind.ofFlag(lock.getFlag());
    this.task = files.restoreTask(lock.getPid());
    this.file = task == null ? null : fileOf(task, lock.getFd(), files);
    String subject = "fd " + lock.getFd() + " of task " + lock.getPid();
    if (file == null) {
      throw new UnsupportedException(
          ImageType.FILE_LOCKS.fileName(), "it has a lock of " + subject + ", which is not there");
    }
    refuseUnknown(subject);
    this.purpose =
        "restoring the "
            + kind.description()
            + " of "
            + subject
            + " ("
            + files.room(file).describe(file)
            + ")";
  }

  private static file_entry fileOf(RestoreTask task, int fd, FilesPlanner files) {
    for (fdinfo_entry descriptor : task.table.descriptors) {
      if (descriptor.getFd() == fd) {
        return files.entry(descriptor.getId());
      }
    }
    return null;
  }

  /** CRIU's LOCK_MAND is among what is refused: no kernel has it since Linux 5.18. */
  private void refuseUnknown(String subject) {
    int type = lock.getType();
    boolean known = type == Fcntl.F_RDLCK || type == Fcntl.F_WRLCK;
    if (kind == LockKind.LEASE && isBreaking()) {
      known = targetType() == Fcntl.F_RDLCK || targetType() == Fcntl.F_UNLCK;
    }
    if (kind == null || !known) {
      throw new UnsupportedException(
          ImageType.FILE_LOCKS.fileName(),
          "the lock of "
              + subject
              + " has flag "
              + lock.getFlag()
              + " and type "
              + type
              + ", which are not known; restore with CRIU");
    }
  }

  /**
   * Puts the calls into the plan of the task that has the lock, or of the one that it shares its
   * descriptors with.
   *
   * @throws UnsupportedException for what cannot be returned
   */
  public static void plan(file_lock_entry lock, FilesPlanner files) {
    new LockPlan(lock, files).plan();
  }

  private void plan() {
    if (kind == LockKind.LEASE) {
      refuseSecondOpening();
    }
    takesFreeLock();
    task.table.owner.files.plan().at(Step.CLOSE, this::append);
  }

  /**
   * Nobody else may have a file open on which there is a write lease. A mapping that was made from
   * the leased descriptor is made from a descriptor of its own.
   */
  private void refuseSecondOpening() {
    reg_file_entry own = file.getReg();
    for (file_entry other : files.images().entries(ImageType.FILES, file_entry.parser())) {
      if (leaseType() == Fcntl.F_WRLCK
          && file.hasReg()
          && other.hasReg()
          && other.getId() != file.getId()
          && (other.getReg().getFlags() & Fcntl.O_PATH) == 0
          && other.getReg().getMntId() == own.getMntId()
          && other.getReg().getNameBytes().equals(own.getNameBytes())) {
        throw new UnsupportedException(
            purpose, "the file is mapped as well, which a write lease forbids while it is made");
      }
    }
  }

  /**
   * Of the paths that are looked for where this process is; that of others the lock itself tells.
   */
  private void takesFreeLock() {
    boolean starters =
        files.facts().of(Surroundings.class, Surroundings::new).shares(Sched.CLONE_NEWNS);
    if (starters && kind != LockKind.LEASE && file.hasReg() && !isGiven() && !isRemapped()) {
      task.files.plan().takes(new FreeLock(purpose, kind, lock, file.getReg()));
    }
  }

  /** A file that a restore makes again has no locks. */
  private boolean isRemapped() {
    return files.facts().get(Remaps.class).of(file.getId()) != null;
  }

  private boolean isGiven() {
    String path = files.room(file).describe(file);
    return files.options().inherited().containsKey(path.substring(1))
        || files.options().inherited().containsKey(path);
  }

  private void append(Program program) {
    switch (kind) {
      case FLOCK ->
          program
              .call(purpose + ": flock", Nr.SYS_flock)
              .arg(lock.getFd())
              .arg(
                  (lock.getType() == Fcntl.F_WRLCK ? Fcntl.LOCK_EX : Fcntl.LOCK_SH) | Fcntl.LOCK_NB)
              .otherwise(TAKEN);
      case POSIX -> range(fcntl(program, Fcntl.F_SETLK, "F_SETLK"), program);
      case OFD -> range(fcntl(program, Fcntl.F_OFD_SETLK, "F_OFD_SETLK"), program);
      case LEASE -> lease(program);
    }
  }

  private void range(Op fcntl, Program program) {
    fcntl
        .arg(
            program
                .reserve(Fcntl.Flock.SIZEOF)
                .putShort(Fcntl.Flock.l_type, lock.getType())
                .putLong(Fcntl.Flock.l_start, lock.getStart())
                .putLong(Fcntl.Flock.l_len, lock.getLen()))
        .otherwise(TAKEN);
  }

  /**
   * F_SETLEASE makes its caller the owner of a file that has none, so the owner is settled behind
   * it. One who was asked to give up the lease has been sent the signal already: while it is asked
   * again, nobody owns the file.
   */
  private void lease(Program program) {
    fcntl(program, Fcntl.F_SETLEASE, "F_SETLEASE").arg(leaseType());
    boolean breaking = isBreaking();
    boolean owned = files.room(file).sigioOwner(file).getPid() != 0;
    if (breaking || !owned) {
      fcntl(program, Fcntl.F_SETOWN, "F_SETOWN").arg(0);
    }
    if (breaking) {
      int how = targetType() == Fcntl.F_RDLCK ? Fcntl.O_RDONLY : Fcntl.O_WRONLY;
      program
          .call(purpose + ": ask to give it up, as somebody has", Nr.SYS_openat)
          .arg(Fcntl.AT_FDCWD)
          .arg(program.string("/proc/self/fd/" + lock.getFd()))
          .arg(how | Fcntl.O_NONBLOCK)
          .arg(0)
          .expect(-Errno.EAGAIN.number());
      SigioOwnerPlan.own(program, purpose, lock.getFd(), files.room(file).sigioOwner(file));
    }
  }

  /** What it was before somebody asked; a lease for writing can become one for reading. */
  private int leaseType() {
    if (!isBreaking()) {
      return lock.getType();
    }
    boolean reader = (files.room(file).flags(file) & Fcntl.O_ACCMODE) == Fcntl.O_RDONLY;
    return reader && targetType() == Fcntl.F_UNLCK ? Fcntl.F_RDLCK : Fcntl.F_WRLCK;
  }

  private boolean isBreaking() {
    return (lock.getType() & LockKind.LEASE_BREAKING) != 0;
  }

  private int targetType() {
    return lock.getType() & ~LockKind.LEASE_BREAKING;
  }

  private Op fcntl(Program program, int command, String name) {
    return program.call(purpose + ": fcntl " + name, Nr.SYS_fcntl).arg(lock.getFd()).arg(command);
  }
}
