// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.FileStat;
import dev.torpor.file.SharedMemory;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import dev.torpor.linux.SysvIpc.Shmid64Ds;
import dev.torpor.linux.Unistd;
import dev.torpor.memory.PageImage;
import dev.torpor.memory.Provisions;
import dev.torpor.memory.SegmentImages;
import dev.torpor.memory.SysvSegments;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Shared memory of System V, shmget(2). Mappings of it are {@link dev.torpor.memory.SysvMapping}s.
 * Who attached and detached it last and when comes back as the restorer and now.
 */
final class SharedSegments {
  private SharedSegments() {}

  /** Refuses, while the tree still runs, what cannot be carried. */
  static void check(ProcFs proc, boolean areForgotten) {
    SysvTable table = SysvTable.read(proc, "shm", "shmid");
    for (int i = 0; i < table.size(); i++) {
      if (table.number(i, "nattch") == 0) {
        Unistd.close(open(proc, table, i, areForgotten));
      }
    }
  }

  /**
   * All segments of the namespace that the thread is in.
   *
   * @param segments knows those that tasks have attached; gets the contents
   * @param areForgotten kernel.shm_rmid_forced: the kernel ends what nobody has attached any more
   */
  static List<ipc_shm_entry> capture(
      DumpedNamespace namespace, SysvSegments segments, boolean areForgotten) {
    SysvTable table = SysvTable.read(namespace.proc(), "shm", "shmid");
    List<ipc_shm_entry> entries = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      int id = table.id(i);
      refuseStranger(namespace, segments.count(namespace.id(), id), table.number(i, "nattch"), id);
      ipc_shm_entry entry = entry(namespace, table, i);
      String path = segments.path(namespace.id(), id);
      if (path == null) {
        int fd = open(namespace.proc(), table, i, areForgotten);
        segments.dump(SegmentImages.pagesId(entry), namespace.proc().root() + "/self/fd/" + fd, fd);
      } else {
        segments.dump(SegmentImages.pagesId(entry), path);
      }
      entries.add(entry);
    }
    return entries;
  }

  private static ipc_shm_entry entry(DumpedNamespace namespace, SysvTable table, int index) {
    ipc_shm_entry.Builder entry =
        ipc_shm_entry
            .newBuilder()
            .setDesc(table.description(index))
            .setSize(table.number(index, "size"));
    if (namespace.isRoots()) {
      entry.setInPagemaps(true);
    } else {
      // Segments of other namespaces have the same ids.
      long id = Integer.toUnsignedLong(table.id(index));
      entry.setPagesId((long) namespace.id() << Integer.SIZE | id);
    }
    return entry.build();
  }

  /** A task can leave its IPC namespace and keep what it has attached of it. */
  private static void refuseStranger(
      DumpedNamespace namespace, int mappings, long attachments, int id) {
    if (mappings > attachments) {
      throw new UnsupportedException(
          subject(id),
          "a task of the IPC namespace of task "
              + namespace.pid()
              + " has one with this id attached that is another namespace's; not carried: have it"
              + " detached before the dump");
    }
  }

  /** Opens the memory of one that no task has attached: it is attached for a moment. */
  private static int open(ProcFs proc, SysvTable table, int index, boolean areForgotten) {
    int id = table.id(index);
    if (areForgotten && table.number(index, "nattch") == 0) {
      throw new UnsupportedException(
          subject(id),
          "nobody has attached it, and a look at it would be its end (sysctl"
              + " kernel.shm_rmid_forced=1); attach or remove it before the dump");
    }
    long address = SysvCall.call(subject(id), "shmat", Nr.SYS_shmat, id, 0, SysvIpc.SHM_RDONLY);
    try {
      long end = address + SegmentImages.lengthBytes(table.number(index, "size"));
      String range = Long.toHexString(address) + "-" + Long.toHexString(end);
      return open(proc.root() + "/self/map_files/" + range, subject(id));
    } finally {
      SysvCall.call(subject(id), "shmdt", Nr.SYS_shmdt, address);
    }
  }

  private static int open(String path, String subject) {
    try {
      int fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      if (FileStat.of(fd).dev() == SharedMemory.device()) {
        return fd;
      }
      Unistd.close(fd);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    throw new UnsupportedException(
        subject, "segments of huge pages (SHM_HUGETLB) are not carried; use plain pages");
  }

  private static String subject(int id) {
    return "System V shared memory segment " + id;
  }

  /** Adds the entries of a namespace. */
  static void add(CapturedImages images, int namespaceId, List<ipc_shm_entry> segments) {
    for (ipc_shm_entry segment : segments) {
      for (memfd_inode_entry memfd :
          images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
        if (Integer.toUnsignedLong(memfd.getShmid()) == SegmentImages.pagesId(segment)) {
          throw new UnsupportedException(
              SegmentImages.subject(segment),
              "its number is that of other shared memory of the tree, and images tell the two by"
                  + " it; start the program again, which gives it other memory");
        }
      }
      images.add(ImageType.IPCNS_SHM, namespaceId, segment, new byte[0]);
    }
  }

  /** Appends the making of a segment, with its content. */
  static void make(Program program, ReturnedNamespace namespace, ipc_shm_entry segment) {
    String subject = SegmentImages.subject(segment);
    SysvObject object = new SysvObject(namespace, subject, segment.getDesc());
    object.make(
        program, "shm", Nr.SYS_shmget, (call, flags) -> call.arg(segment.getSize()).arg(flags));
    fill(program, namespace, object, segment);
    control(
        program, object, "IPC_SET", SysvIpc.IPC_SET, object.permissions(program, Shmid64Ds.SIZEOF));
    if ((segment.getDesc().getMode() & SysvIpc.SHM_LOCKED) != 0) {
      control(program, object, "SHM_LOCK", SysvIpc.SHM_LOCK, null);
    }
  }

  private static void fill(
      Program program, ReturnedNamespace namespace, SysvObject object, ipc_shm_entry segment) {
    long pagesId = SegmentImages.pagesId(segment);
    if (!namespace.images().has(ImageType.SHMEM_PAGEMAP, pagesId)) {
      return;
    }
    PageImage pages = pages(namespace, pagesId, object.subject());
    Provisions provisions = namespace.facts().get(Provisions.class);
    attach(program, object, provisions);
    pages.readAll(program, provisions, provisions.place());
    object.call(program, "shmdt", Nr.SYS_shmdt).arg(provisions.place());
  }

  private static void attach(Program program, SysvObject object, Provisions provisions) {
    object
        .call(program, "shmat", Nr.SYS_shmat)
        .arg(object.description().getId())
        .arg(provisions.place())
        .arg(0)
        .expect(provisions.place());
  }

  /** Appends the filling of a segment that is there: what the images do not have was zero. */
  static void refill(Program program, ReturnedNamespace namespace, ipc_shm_entry segment) {
    String subject = SegmentImages.subject(segment);
    SysvObject object = new SysvObject(namespace, subject, segment.getDesc());
    Provisions provisions = namespace.facts().get(Provisions.class);
    attach(program, object, provisions);
    object
        .call(program, "madvise MADV_REMOVE", Nr.SYS_madvise)
        .arg(provisions.place())
        .arg(SegmentImages.lengthBytes(segment.getSize()))
        .arg(Mman.MADV_REMOVE);
    pages(namespace, SegmentImages.pagesId(segment), subject)
        .readAll(program, provisions, provisions.place());
    object.call(program, "shmdt", Nr.SYS_shmdt).arg(provisions.place());
  }

  private static PageImage pages(ReturnedNamespace namespace, long pagesId, String subject) {
    try {
      return PageImage.ofShared(namespace.images(), pagesId, subject);
    } catch (IOException e) {
      throw ImageException.unreadable(namespace.images().file(ImageType.SHMEM_PAGEMAP, pagesId), e);
    }
  }

  /** Appends what must wait until all tasks have attached what they had. */
  static void remove(Program program, ReturnedNamespace namespace, ipc_shm_entry segment) {
    if ((segment.getDesc().getMode() & SysvIpc.SHM_DEST) != 0) {
      SysvObject object =
          new SysvObject(namespace, SegmentImages.subject(segment), segment.getDesc());
      control(program, object, "IPC_RMID", SysvIpc.IPC_RMID, null);
    }
  }

  private static void control(
      Program program, SysvObject object, String name, int command, Data argument) {
    Op call =
        object
            .call(program, "shmctl " + name, Nr.SYS_shmctl)
            .arg(object.description().getId())
            .arg(command);
    if (argument != null) {
      call.arg(argument);
    }
  }
}
