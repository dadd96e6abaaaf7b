// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.Descriptor;
import dev.torpor.file.FileCapture;
import dev.torpor.file.FileRoom;
import dev.torpor.file.FileStat;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.MemfdInodes;
import dev.torpor.file.OpenPlan;
import dev.torpor.file.SharedMemory;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.ghost_xattr;
import dev.torpor.image.proto.memfd_file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Stat.StructStat;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Xattr;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory that has a descriptor, memfd_create(2): open, mapped or executed.
 *
 * <p>The root task makes the memory before anything is opened ({@link MemfdInode}); all tasks
 * inherit a descriptor of it, from which every file is opened again but one that can be written to.
 */
public final class Memfd implements FileRoom {
  private static final String PREFIX = "/memfd:";
  private static final String DELETED = " (deleted)";

  /** What memfd_create(2) gives by itself, or fcntl(2) can set; not O_DIRECT (mm/shmem.c). */
  private static final int SET_LATER =
      Fcntl.O_LARGEFILE | Fcntl.O_APPEND | Fcntl.O_NONBLOCK | Fcntl.O_NOATIME | Fcntl.FASYNC;

  private final Map<Integer, MemfdInode> inodes = new HashMap<>();

  @Override
  public fd_types type() {
    return fd_types.MEMFD;
  }

  @Override
  public int mappedAs() {
    return VmaStatus.MEMFD;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().startsWith(PREFIX)
        && descriptor.link().endsWith(DELETED)
        && descriptor.stat().nlink() == 0;
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int inode = inode(descriptor, capture);
    if (name(descriptor).equals(SharedMemory.NAME)) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a memfd by the name that shared memory has in images is not carried");
    }
    memfd_file_entry.Builder file =
        memfd_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setPos(descriptor.pos())
            .setFown(capture.owner(descriptor))
            .setInodeId(inode);
    return file_entry.newBuilder().setType(fd_types.MEMFD).setId(id).setMemfd(file).build();
  }

  @Override
  public file_entry captureMapped(Descriptor descriptor, int id, int flags, FileCapture capture) {
    return SharedMemory.file(id, inode(descriptor, capture));
  }

  private static String name(Descriptor descriptor) {
    String link = descriptor.link();
    return link.substring(PREFIX.length(), link.length() - DELETED.length());
  }

  private static int inode(Descriptor descriptor, FileCapture capture) {
    ProcFs proc = capture.context().proc();
    String self = proc.root() + "/self/fd/" + descriptor.borrowed();
    return capture
        .state(MemfdInodes.class, MemfdInodes::new)
        .number(
            descriptor.stat(),
            descriptor.path(proc),
            capture.images(),
            number -> entry(descriptor, self, number));
  }

  private static memfd_inode_entry entry(Descriptor descriptor, String self, int number) {
    FileStat stat = descriptor.stat();
    if (stat.dev() != SharedMemory.device()) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a memfd of huge pages is not carried yet; let the program close and unmap it");
    }
    memfd_inode_entry.Builder entry = memfd_inode_entry.newBuilder();
    look(self, descriptor.subject(), entry);
    return entry
        .setNameBytes(ByteString.copyFrom(KernelString.encode(name(descriptor))))
        .setUid(stat.uid())
        .setGid(stat.gid())
        .setSize(stat.sizeBytes())
        .setShmid((int) stat.ino())
        .setInodeId(number)
        .setMode(stat.mode())
        .build();
  }

  /** What a descriptor that only stands for a path cannot tell. */
  private static void look(String self, String subject, memfd_inode_entry.Builder entry) {
    int own = Fcntl.open(self, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      int seals = Fcntl.getSeals(own);
      MemfdInode.refuseUnknown(seals, subject);
      entry.setSeals(seals);
      Stat.fstat(own, stat);
      entry.setAtimeNs(nanos(stat, StructStat.st_atime, StructStat.st_atime_nsec));
      entry.setMtimeNs(nanos(stat, StructStat.st_mtime, StructStat.st_mtime_nsec));
      for (String name : Xattr.list(own)) {
        entry.addXattrs(
            ghost_xattr
                .newBuilder()
                .setName(ByteString.copyFrom(KernelString.encode(name)))
                .setValue(ByteString.copyFrom(Xattr.get(own, name))));
      }
    } finally {
      Unistd.close(own);
    }
  }

  private static long nanos(NativeMemory stat, int seconds, int nanos) {
    return stat.getLong(seconds) * MemfdInode.NANOS_PER_SECOND + stat.getLong(nanos);
  }

  @Override
  public String describe(file_entry entry) {
    MemfdInode inode = inodes.get(entry.getMemfd().getInodeId());
    return inode == null ? "memfd" : inode.subject();
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getMemfd().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getMemfd().getFlags();
  }

  @Override
  public void prepare(FilesPlanner planner) {
    ImageStore images = planner.images();
    for (memfd_inode_entry entry :
        images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
      if (!SharedMemory.isOne(entry)) {
        Provisions provisions = planner.facts().get(Provisions.class);
        MemfdInode inode = new MemfdInode(entry, images, provisions, planner.reserve());
        inodes.put((int) entry.getInodeId(), inode);
        inode.plan(planner.root().plan());
      }
    }
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    MemfdInode inode = inodes.get(entry.getMemfd().getInodeId());
    if (inode == null) {
      throw new UnsupportedException(
          plan.purpose(entry), "memfd.img has no memfd with the id of its inode");
    }
    int flags = plan.flagsOr(entry.getMemfd().getFlags());
    int fd = place(entry, inode, flags, plan);
    long position = entry.getMemfd().getPos();
    if (!plan.isMapped() && position != 0) {
      plan.call(entry, "lseek", Nr.SYS_lseek)
          .arg(fd)
          .arg(position)
          .arg(Unistd.SEEK_SET)
          .expect(position);
    }
  }

  /** Memory that is executed cannot be opened for writing, be it for a mapping. */
  private static int place(file_entry entry, MemfdInode inode, int flags, OpenPlan plan) {
    if ((flags & ~SET_LATER) == Fcntl.O_RDWR && (plan.isMapped() || inode.take())) {
      int fd = plan.place(entry, inode.original());
      plan.setFlags(entry, fd, flags);
      return fd;
    }
    Op openat = plan.call(entry, "open", Nr.SYS_openat);
    return plan.place(entry, inode.open(openat, plan.program(), flags));
  }
}
