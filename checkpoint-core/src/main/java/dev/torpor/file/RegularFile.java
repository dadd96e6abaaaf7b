// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Futex;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import java.util.List;
import java.util.Set;

/**
 * What has a path and needs no more than to be opened again: files, directories, symbolic links
 * (O_PATH), and the devices of memory such as /dev/null.
 */
public final class RegularFile implements FileRoom {
  private static final String DELETED = " (deleted)";

  /** MEM_MAJOR, linux/major.h; the minors are those of drivers/char/mem.c. */
  private static final int MEM_MAJOR = 1;

  private static final int MINOR_NULL = 3;
  private static final int MINOR_ZERO = 5;
  private static final int MINOR_FULL = 7;
  private static final int MINOR_RANDOM = 8;
  private static final int MINOR_URANDOM = 9;
  private static final int MINOR_KMSG = 11;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.REMAP_FPATH, ImageType.GHOST_FILE);
  }

  @Override
  public fd_types type() {
    return fd_types.REG;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    FileStat stat = descriptor.stat();
    if (!descriptor.link().startsWith("/") || isSecret(descriptor)) {
      return false;
    }
    boolean onlyPath = (descriptor.flags() & Fcntl.O_PATH) != 0;
    return onlyPath
        || (stat.is(Stat.S_IFREG) && !PseudoFiles.isMessageQueue(descriptor))
        || stat.is(Stat.S_IFDIR)
        || isMemoryDevice(stat);
  }

  /** memfd_secret(2): nobody but its task can read it. */
  private static boolean isSecret(Descriptor descriptor) {
    return descriptor.link().equals("/secretmem (deleted)");
  }

  static boolean isMemoryDevice(FileStat stat) {
    if (!stat.is(Stat.S_IFCHR) || Stat.major(stat.rdev()) != MEM_MAJOR) {
      return false;
    }
    return switch (Stat.minor(stat.rdev())) {
      case MINOR_NULL, MINOR_ZERO, MINOR_FULL, MINOR_RANDOM, MINOR_URANDOM, MINOR_KMSG -> true;
      default -> false;
    };
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    capture.state(LeasedFiles.class, LeasedFiles::new).note(descriptor);
    return entry(
        descriptor, id, descriptor.flags(), descriptor.pos(), capture.owner(descriptor), capture);
  }

  @Override
  public int mappedAs() {
    return 0;
  }

  @Override
  public file_entry captureMapped(Descriptor descriptor, int id, int flags, FileCapture capture) {
    capture.state(LeasedFiles.class, LeasedFiles::new).refuse(descriptor);
    return entry(descriptor, id, flags, 0, SigioOwner.NOBODY, capture);
  }

  /** An entry for whatever has a path. */
  static file_entry entry(
      Descriptor descriptor, int id, int flags, long pos, fown_entry owner, FileCapture capture) {
    CaptureContext ctx = capture.context();
    String name = name(descriptor, id, capture);
    reg_file_entry.Builder file =
        reg_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(flags)
            .setPos(pos)
            .setFown(owner)
            .setNameBytes(ByteString.copyFrom(KernelString.encode(name)));
    boolean pseudo = PseudoFiles.has(descriptor);
    if (!pseudo) {
      file.setMode(descriptor.stat().mode());
    }
    int mountId = ctx.mounts().imageMountId(descriptor.subject(), descriptor.mntId());
    if (mountId != MountLookup.NOT_IN_IMAGES) {
      file.setMntId(mountId);
    }
    if (descriptor.stat().is(Stat.S_IFREG) && !isLog(flags) && !pseudo) {
      file.setSize(descriptor.stat().sizeBytes());
      if (ctx.buildIds() && !LeasedFiles.hasLease(descriptor)) {
        file.addAllBuildId(seen(capture).buildId(descriptor));
      }
    }
    return file_entry.newBuilder().setType(fd_types.REG).setId(id).setReg(file).build();
  }

  /** A file that others may well append to after the dump; CRIU does not hold its size either. */
  static boolean isLog(int flags) {
    return (flags & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY && (flags & Fcntl.O_APPEND) != 0;
  }

  @Override
  public String describe(file_entry entry) {
    return KernelString.decode(entry.getReg().getNameBytes().toByteArray());
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getReg().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getReg().getFlags();
  }

  @Override
  public void prepare(FilesPlanner planner) {
    Remaps.prepare(planner);
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    reg_file_entry file = entry.getReg();
    int given = plan.isMapped() ? -1 : given(file, plan);
    if (given >= 0) {
      plan.place(entry, given);
      return;
    }
    refuseWhatNeedsMore(entry, plan);
    int flags = plan.flagsOr(file.getFlags()) & ~(Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_TRUNC);
    Op taken = ProcOfTask.takeNumber(entry, plan);
    Op open = plan.openat(entry, "open", file, (flags & ~Fcntl.FASYNC) | Fcntl.O_NOCTTY);
    int fd = plan.place(entry, open);
    if (file.hasMode() && plan.checksMode() && !PseudoFiles.has(file.getName())) {
      checkMode(entry, plan, fd);
    }
    if ((flags & Fcntl.O_PATH) == 0 && !isDevice(file)) {
      seek(entry, plan, fd);
    }
    if (taken != null) {
      plan.close(entry, taken);
    }
    if (file.hasSize() && file.getBuildIdCount() > 0) {
      plan.checkBuildId(entry);
    }
  }

  private record SameMode(int mode) {
    @Override
    public String toString() {
      return "check that the mode is still 0" + Integer.toOctalString(mode);
    }
  }

  private record SameSize(long bytes) {
    @Override
    public String toString() {
      return "check that the size is still " + bytes;
    }
  }

  private void refuseWhatNeedsMore(file_entry entry, OpenPlan plan) {
    reg_file_entry file = entry.getReg();
    if (file.getExt()) {
      throw new UnsupportedException(
          plan.purpose(entry), "the file is external; give a descriptor of it (--inherit-fd)");
    }
    if ((file.getFlags() & Fcntl.__O_TMPFILE) != 0 && !plan.isRemapped(file)) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "it was opened without a name (O_TMPFILE), and the images do not have its content");
    }
    ProcOfTask.refuseThread(entry, plan);
  }

  /** CRIU names a path by what stands behind its first slash. */
  private static int given(reg_file_entry file, OpenPlan plan) {
    if (!plan.hasGiven()) {
      return -1;
    }
    String path = KernelString.decode(file.getNameBytes().toByteArray());
    int given = plan.given(path.substring(1));
    return given >= 0 ? given : plan.given(path);
  }

  /**
   * Type and permissions must be what they were at the dump, as with CRIU. A system call that
   * compares memory with a number is futex(2) FUTEX_CMP_REQUEUE: with nobody to wake or to requeue
   * it does nothing else.
   */
  private static void checkMode(file_entry entry, OpenPlan plan, int fd) {
    int mode = entry.getReg().getMode();
    Data stat = plan.program().reserve(Stat.StructStat.SIZEOF);
    plan.call(entry, "fstat", Nr.SYS_fstat).arg(fd).arg(stat);
    plan.call(entry, new SameMode(mode), Nr.SYS_futex)
        .arg(stat.from(Stat.StructStat.st_mode))
        .arg(Futex.FUTEX_CMP_REQUEUE)
        .arg(0)
        .arg(0)
        .arg(stat)
        .arg(mode)
        .expect(0)
        .otherwise(
            "the file has another type or other permissions now; give it those back, or accept"
                + " others with --skip-file-rwx-check");
  }

  /**
   * The size must be what it was at the dump: a file with another content under the same name is
   * the most common reason of a restored program that goes astray. CRIU's --file-validation
   * filesize.
   */
  private static void seek(file_entry entry, OpenPlan plan, int fd) {
    reg_file_entry file = entry.getReg();
    boolean check = file.hasSize() && !isLog(file.getFlags()) && !PseudoFiles.has(file.getName());
    if (check) {
      plan.call(entry, new SameSize(file.getSize()), Nr.SYS_lseek)
          .arg(fd)
          .arg(0)
          .arg(Unistd.SEEK_END)
          .expect(file.getSize());
    }
    if (!plan.isMapped() && (check || file.getPos() != 0)) {
      plan.call(entry, "lseek", Nr.SYS_lseek)
          .arg(fd)
          .arg(file.getPos())
          .arg(Unistd.SEEK_SET)
          .expect(file.getPos());
    }
  }

  private static boolean isDevice(reg_file_entry file) {
    return (file.getMode() & Stat.S_IFMT) == Stat.S_IFCHR;
  }

  /** The path as a string in the program's data. */
  static Data path(Program program, reg_file_entry file) {
    return program.string(file.getNameBytes().toByteArray());
  }

  /** The path that leads to it, or that did before it was deleted. */
  private static String name(Descriptor descriptor, int id, FileCapture capture) {
    if (descriptor.stat().nlink() == 0) {
      return capture.state(DeletedFiles.class, DeletedFiles::new).note(descriptor, id, capture);
    }
    SeenFiles seen = seen(capture);
    if (!seen.wasAtItsPath(descriptor)) {
      if (!isAtItsPath(descriptor, seen, capture.context())) {
        return capture.state(DeletedFiles.class, DeletedFiles::new).link(descriptor, id, capture);
      }
      seen.isAtItsPath(descriptor);
    }
    return descriptor.link();
  }

  private static void refuseDetached(Descriptor descriptor, CaptureContext ctx) {
    // One that has left its root (chroot) is not told of what lies outside.
    if (sees(descriptor.pid(), descriptor, ctx) || sees(Unistd.getpid(), descriptor, ctx)) {
      return;
    }
    throw new UnsupportedException(
        descriptor.subject(),
        "it lies on a mount that the task does not see: attached to nothing (open_tree, fsmount),"
            + " or in another mount namespace; not carried, let the program close it before the"
            + " dump");
  }

  private static boolean sees(int pid, Descriptor descriptor, CaptureContext ctx) {
    for (MountInfo mount : MountInfo.read(ctx.proc(), pid)) {
      if (mount.id() == descriptor.mntId()) {
        return true;
      }
    }
    return false;
  }

  private static SeenFiles seen(FileCapture capture) {
    return capture.state(SeenFiles.class, SeenFiles::new);
  }

  /**
   * Whether its path leads to it.
   *
   * @throws UnsupportedException if it does not, and the file is not to get another name
   */
  private static boolean isAtItsPath(Descriptor descriptor, SeenFiles seen, CaptureContext ctx) {
    String link = descriptor.link();
    String what;
    try {
      FileStat found = FileStat.ofPath(ctx.mounts().hostPath(descriptor.pid(), link));
      boolean same = found.sameFile(descriptor.stat());
      // Paths on a mount that is attached to nothing begin with it, so it is "/" itself. Of many
      // tasks that is the current directory: so each mount is looked for once.
      if (!same || (link.equals("/") && seen.isNewMount(descriptor.mntId()))) {
        refuseDetached(descriptor, ctx);
      }
      if (same) {
        return true;
      }
      what = "another file has taken this path, so a restore would open the wrong one";
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR)) {
        throw e;
      }
      what = link.endsWith(DELETED) ? "this name of the file is removed" : "no file has this path";
    }
    boolean linkable = descriptor.stat().is(Stat.S_IFREG) || descriptor.stat().is(Stat.S_IFIFO);
    if (!linkable || !DeletedFiles.mayLink(ctx)) {
      throw new UnsupportedException(
          descriptor.subject(),
          what
              + "; let the task close it or open it anew before the dump"
              + (linkable ? ", or permit a link to the file with --link-remap" : ""));
    }
    return false;
  }
}
