// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fanotify_file_entry;
import dev.torpor.image.proto.fanotify_inode_mark_entry;
import dev.torpor.image.proto.fanotify_mark_entry;
import dev.torpor.image.proto.fanotify_mount_mark_entry;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.mark_type;
import dev.torpor.inject.Op;
import dev.torpor.linux.Epoll;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * A fanotify(7) group and its marks on inodes, mounts and file systems, which fdinfo lists. CRIU
 * knows no marks on file systems.
 *
 * <p>Events that wait are lost, of which the log warns: those that the dumper causes wait as well,
 * nobody sees what happens until the restore, and nothing makes the kernel say that some were lost
 * but as many events of different files as there is room for.
 */
public final class Fanotify implements FileRoom {
  /** FAN_CLOEXEC to FAN_REPORT_TARGET_FID: what groups are made with. */
  private static final int KNOWN_FLAGS = (Epoll.FAN_REPORT_TARGET_FID << 1) - 1;

  private static final int KNOWN_MARK_FLAGS =
      Epoll.FAN_MARK_IGNORED_SURV_MODIFY | Epoll.FAN_MARK_EVICTABLE | Epoll.FAN_MARK_IGNORE;

  private static final int PERMISSION =
      Epoll.FAN_OPEN_PERM | Epoll.FAN_ACCESS_PERM | Epoll.FAN_OPEN_EXEC_PERM;

  /** FANOTIFY_UNPRIV of the kernel's include/linux/fanotify.h. */
  private static final long UNPRIVILEGED = 0x80000000L;

  @Override
  public fd_types type() {
    return fd_types.FANOTIFY;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[fanotify]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    fanotify_file_entry.Builder group =
        fanotify_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor));
    List<MountInfo> mounts = MountInfo.read(capture.context().proc(), descriptor.pid());
    List<fanotify_mark_entry.Builder> marks = new ArrayList<>();
    List<MarkedInode> inodes = new ArrayList<>();
    for (String text : descriptor.fdinfo().lines()) {
      MarkLine line = new MarkLine(descriptor, text);
      if (text.startsWith("fanotify flags:")) {
        group.setFaflags(line.word("flags")).setEvflags(line.word("event-flags"));
      } else if (text.startsWith("fanotify ")) {
        marks.add(mark(descriptor, line, mounts, inodes, capture));
      }
    }
    refuse(descriptor, group.getFaflags(), capture);
    HandlePaths.find(descriptor, inodes, capture);
    int inode = 0;
    for (fanotify_mark_entry.Builder mark : marks) {
      if (mark.getType() == mark_type.INODE) {
        mark.getIeBuilder().setFHandle(inodes.get(inode++).handle());
      }
      group.addMark(mark);
    }
    return file_entry.newBuilder().setType(fd_types.FANOTIFY).setId(id).setFfy(group).build();
  }

  private static void refuse(Descriptor descriptor, int flags, FileCapture capture) {
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw refused(
          descriptor,
          "a group made with flags 0x" + Integer.toHexString(flags & ~KNOWN_FLAGS),
          "let the program close it before the dump");
    }
    boolean mayBeUnprivileged =
        (flags & (Epoll.FAN_REPORT_FID | Epoll.FAN_REPORT_DIR_FID)) != 0
            && (flags & (Epoll.FAN_UNLIMITED_QUEUE | Epoll.FAN_UNLIMITED_MARKS)) == 0;
    if (mayBeUnprivileged && isUnprivileged(descriptor)) {
      throw refused(
          descriptor,
          "a group made without CAP_SYS_ADMIN, which is told of less,",
          "let the program close it before the dump");
    }
    if (Ioctl.getInt(descriptor.borrowed(), Ioctl.FIONREAD, "FIONREAD") != 0) {
      capture
          .state(LostWithFiles.class, LostWithFiles::new)
          .add(descriptor, "events wait in it to be read, which are lost");
    }
  }

  private static UnsupportedException refused(Descriptor descriptor, String what, String wayOut) {
    return new UnsupportedException(descriptor.subject(), what + " is not carried; " + wayOut);
  }

  private static boolean isUnprivileged(Descriptor descriptor) {
    try (KernelFile file =
        KernelFile.of(
            descriptor.subject(),
            descriptor.borrowed(),
            "whether a fanotify group was made without CAP_SYS_ADMIN",
            "")) {
      long group = file.privateData();
      int flags =
          file.types().offset("fsnotify_group", "fanotify_data")
              + file.types().offset("fanotify_group_private_data", "flags");
      return (file.memory().readInt(group + flags) & UNPRIVILEGED) != 0;
    }
  }

  private static fanotify_mark_entry.Builder mark(
      Descriptor descriptor,
      MarkLine line,
      List<MountInfo> mounts,
      List<MarkedInode> inodes,
      FileCapture capture) {
    fanotify_mark_entry.Builder mark =
        fanotify_mark_entry
            .newBuilder()
            .setId(0)
            .setMflags(line.word("mflags"))
            .setMask(line.word("mask"))
            .setIgnoredMask(line.word("ignored_mask"));
    if (((mark.getMask() | mark.getIgnoredMask()) & PERMISSION) != 0) {
      throw refused(
          descriptor,
          "a mark that asks for permission (FAN_OPEN_PERM): while the program stands nobody opens"
              + " such files, and the mark",
          "let the program remove it before the dump");
    }
    if ((mark.getMflags() & ~KNOWN_MARK_FLAGS) != 0) {
      throw refused(
          descriptor,
          "a mark with flags 0x" + Integer.toHexString(mark.getMflags()),
          "let the program remove it before the dump");
    }
    if (line.text("ino") != null) {
      mark.setType(mark_type.INODE).setSDev(line.word("sdev"));
      long number = line.number("ino");
      mark.setIe(fanotify_inode_mark_entry.newBuilder().setIIno(number).setFHandle(line.handle()));
      // A directory that is read for the search is one of the events of any mark.
      inodes.add(new MarkedInode("a mark", mark.getSDev(), number, true, line.handle()));
    } else {
      addMount(descriptor, line, mark, mounts, capture);
    }
    return mark;
  }

  private static void addMount(
      Descriptor descriptor,
      MarkLine line,
      fanotify_mark_entry.Builder mark,
      List<MountInfo> mounts,
      FileCapture capture) {
    boolean ofMount = line.text("mnt_id") != null;
    int wanted = line.word(ofMount ? "mnt_id" : "sdev");
    for (MountInfo mount : mounts) {
      if ((ofMount ? mount.id() : mount.device()) == wanted
          && leadsTo(descriptor, mount, capture)) {
        int id = capture.context().mounts().imageMountId(descriptor.subject(), mount.id());
        byte[] path = KernelString.encode(mount.mountPoint());
        mark.setType(ofMount ? mark_type.MOUNT : mark_type.FILESYSTEM)
            .setSDev(mount.device())
            .setMe(
                fanotify_mount_mark_entry
                    .newBuilder()
                    .setMntId(id == MountLookup.NOT_IN_IMAGES ? mount.id() : id)
                    .setPathBytes(ByteString.copyFrom(path)));
        return;
      }
    }
    throw refused(
        descriptor,
        "a mark on a " + (ofMount ? "mount" : "file system") + " that no path leads the task to",
        "let the program remove it before the dump");
  }

  /** Nothing is mounted above it. */
  private static boolean leadsTo(Descriptor descriptor, MountInfo mount, FileCapture capture) {
    String path = capture.context().mounts().hostPath(descriptor.pid(), mount.mountPoint());
    int fd;
    try {
      fd = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
    } catch (ErrnoException e) {
      return false;
    }
    try {
      String info = capture.context().proc().root() + "/self/fdinfo/" + fd;
      return Fdinfo.read(info).mntId() == mount.id();
    } finally {
      Unistd.close(fd);
    }
  }

  @Override
  public String describe(file_entry entry) {
    return "fanotify, " + entry.getFfy().getMarkCount() + " marks";
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getFfy().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getFfy().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    Op opened =
        plan.call(entry, "fanotify_init", Nr.SYS_fanotify_init)
            .arg(entry.getFfy().getFaflags())
            .arg(entry.getFfy().getEvflags());
    int fd = plan.place(entry, opened);
    plan.call(entry, "fcntl F_SETFL", Nr.SYS_fcntl)
        .arg(fd)
        .arg(Fcntl.F_SETFL)
        .arg(entry.getFfy().getFlags() & FilesPlanner.SETTABLE);
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    if (entry.getFfy().getMarkCount() > 0) {
      new MarkPlan(entry, plan).plan();
    }
  }
}
