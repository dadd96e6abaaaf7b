// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Kcmp;
import dev.torpor.plan.Facts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Captures the files of a tree, task by task: what their descriptors refer to, what is mapped, cwd,
 * root, exe. Everything is seen from outside; no task needs to be stopped, though only a frozen
 * tree gives a consistent picture. A rehearsal uses a table of its own.
 */
public final class FileTable implements FileCapture {
  private record PathKey(String link, long dev, long ino, int mntId, int flags) {
    // Written out: those of a record are made at their first use, in the middle of a dump.
    @Override
    public int hashCode() {
      return link.hashCode() + 31 * (Long.hashCode(ino) + 31 * flags);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof PathKey key
          && key.link.equals(link)
          && key.dev == dev
          && key.ino == ino
          && key.mntId == mntId
          && key.flags == flags;
    }
  }

  private final CaptureContext context;
  private final Facts facts;
  private final List<FileRoom> rooms;
  private final Consumer<SeenDescriptor> watch;
  private final CapturedImages images;
  private final SharedObjects tables = new SharedObjects(Kcmp.KCMP_FILES, 2);
  private final FileSystemTypes types = new FileSystemTypes();
  private final OpenFiles openFiles;
  private final Map<Integer, FileRoom> roomOfId = new HashMap<>();
  private final Map<PathKey, MappedFile> mapped = new HashMap<>();
  private final List<Integer> pids = new ArrayList<>();

  /** Without tasks that ended before their descriptors were read. */
  private final Map<Integer, Integer> tableOfPid = new LinkedHashMap<>();

  private final List<Runnable> inFlight = new ArrayList<>();
  private final List<Runnable> checks = new ArrayList<>();
  private final Map<Long, Integer> sharedMemory = new HashMap<>();
  private int lastId;

  /**
   * Starts with no task.
   *
   * @param watch sees each descriptor, before its file is captured
   * @param images get what is captured
   */
  public FileTable(
      CaptureContext context,
      List<FileRoom> rooms,
      Consumer<SeenDescriptor> watch,
      CapturedImages images) {
    this.watch = watch;
    this.images = images;
    this.context = context;
    this.facts = context.options().copy();
    this.rooms = rooms;
    this.openFiles =
        new OpenFiles(facts.of(RehearsedOrder.class, RehearsedOrder::new), Rehearsal.of(context));
  }

  /** Captures all descriptors of a task whose pid is the number that it is seen by. */
  public int captureDescriptors(int pid) {
    return captureDescriptors(pid, context.pids().imagePid(pid));
  }

  /**
   * Captures all descriptors of a task; nothing is done for a table (CLONE_FILES) that was already
   * captured with another task.
   *
   * @param pid by which Torpor sees the task
   * @param imagePid how the images number it
   * @return the table's id: {@code files_id} of ids-PID.img, ID of fdinfo-ID.img
   * @throws UnsupportedException for the first file that cannot be carried
   */
  public int captureDescriptors(int pid, int imagePid) {
    pids.add(pid);
    int filesId = tables.idOf(pid);
    if (!images.has(ImageType.FDINFO, filesId)) {
      List<fdinfo_entry> descriptors = capture(pid, imagePid);
      images.begin(ImageType.FDINFO, filesId);
      for (fdinfo_entry descriptor : descriptors) {
        images.add(ImageType.FDINFO, filesId, descriptor);
      }
    }
    tableOfPid.put(pid, filesId);
    return filesId;
  }

  private List<fdinfo_entry> capture(int pid, int imagePid) {
    List<fdinfo_entry> entries = new ArrayList<>();
    try (BorrowedTable table = new BorrowedTable(context.proc(), pid, types)) {
      for (int fd : context.proc().descriptors(pid)) {
        try (Descriptor descriptor = table.borrow(fd)) {
          if (descriptor != null) {
            entries.add(capture(descriptor, imagePid));
          }
        }
      }
    }
    return entries;
  }

  private fdinfo_entry capture(Descriptor descriptor, int imagePid) {
    int id = openFiles.find(descriptor, lastId + 1).id();
    watch.accept(new SeenDescriptor(descriptor, id, imagePid, context.pids(), context.options()));
    FileRoom room = roomOfId.get(id);
    if (room == null) {
      room = roomFor(descriptor);
      capture(descriptor, id, room);
    }
    return fdinfo_entry
        .newBuilder()
        .setId(id)
        .setFlags(descriptor.closeOnExec() ? Fcntl.FD_CLOEXEC : 0)
        .setType(room.type())
        .setFd(descriptor.fd())
        .build();
  }

  private void capture(Descriptor descriptor, int id, FileRoom room) {
    lastId = id;
    roomOfId.put(id, room);
    file_entry entry = room.capture(descriptor, id, this);
    if (entry != null) {
      images.add(ImageType.FILES, entry);
    }
  }

  @Override
  public int captureInFlight(Descriptor descriptor) {
    int id = openFiles.find(descriptor, lastId + 1).id();
    if (!roomOfId.containsKey(id)) {
      FileRoom room = roomFor(descriptor);
      String what =
          room.comesBackInFlight()
              ? descriptor.fdinfoValue("lock") == null ? null : "it holds a file lock"
              : "it is a file of kind " + room.type();
      if (what != null) {
        throw new UnsupportedException(
            descriptor.subject(),
            what + " and no task has it open, which is not carried; let the program receive it");
      }
      capture(descriptor, id, room);
    }
    return id;
  }

  private FileRoom roomFor(Descriptor descriptor) {
    for (FileRoom room : rooms) {
      if (room.recognises(descriptor)) {
        return room;
      }
    }
    throw UnknownFile.refused(descriptor);
  }

  /**
   * Captures a file that is no descriptor. Equal files get one entry.
   *
   * @param link below /proc/PID: {@code exe}, {@code map_files/55d000-55e000}
   * @param flags how a restore opens it: O_RDONLY, or O_RDWR for a shared writable mapping
   * @throws UnsupportedException if the path no longer leads to the file, or it is of a kind that
   *     is never mapped
   */
  public MappedFile mapped(int pid, String link, int flags) {
    try (Descriptor descriptor = Descriptor.ofLink(context.proc(), pid, link)) {
      FileStat stat = descriptor.stat();
      PathKey key =
          new PathKey(descriptor.link(), stat.dev(), stat.ino(), descriptor.mntId(), flags);
      MappedFile known = mapped.get(key);
      if (known == null) {
        FileRoom room = roomFor(descriptor);
        int id = room.knownAs(descriptor, this);
        if (id == 0) {
          id = ++lastId;
          images.add(ImageType.FILES, room.captureMapped(descriptor, id, flags, this));
        }
        known = new MappedFile(id, room.mappedAs());
        mapped.put(key, known);
      }
      return known;
    }
  }

  /**
   * Captures shared anonymous memory, which CRIU 4.2 sees as a memfd named {@code /dev/zero}.
   *
   * @param link below /proc/PID: {@code map_files/55d000-55e000}
   * @return the entry's id
   */
  public int sharedMemory(int pid, String link) {
    try (Descriptor descriptor = Descriptor.ofLink(context.proc(), pid, link)) {
      FileStat stat = descriptor.stat();
      Integer known = sharedMemory.get(stat.ino());
      if (known != null) {
        return known;
      }
      int id = ++lastId;
      int inode =
          state(MemfdInodes.class, MemfdInodes::new)
              .number(
                  stat,
                  context.proc().path(pid, link),
                  images,
                  number -> SharedMemory.inode(stat, number));
      images.add(ImageType.FILES, SharedMemory.file(id, inode));
      sharedMemory.put(stat.ino(), id);
      return id;
    }
  }

  /**
   * Captures current directory and root.
   *
   * @param of where they are below /proc/PID: "" for the task's, {@code task/TID/} for a thread's
   * @param umask as status gives it
   */
  public fs_entry fs(int pid, String of, int umask) {
    return fs_entry
        .newBuilder()
        .setCwdId(mapped(pid, of + "cwd", 0).id())
        .setRootId(mapped(pid, of + "root", 0).id())
        .setUmask(umask)
        .build();
  }

  /**
   * Makes the checks that need all tasks.
   *
   * @throws UnsupportedException for a file that cannot be carried without one outside the tree
   */
  public void finish() {
    run(inFlight);
    run(checks);
  }

  /** Those that are added meanwhile, too: what waits in a socket that waits in a socket. */
  private static void run(List<Runnable> deferred) {
    for (int i = 0; i < deferred.size(); i++) {
      deferred.get(i).run();
    }
    deferred.clear();
  }

  @Override
  public CaptureContext context() {
    return context;
  }

  @Override
  public CapturedImages images() {
    return images;
  }

  @Override
  public int addPath(Descriptor descriptor) {
    int id = ++lastId;
    file_entry entry =
        RegularFile.entry(descriptor, id, descriptor.flags(), 0, owner(descriptor), this);
    images.add(ImageType.FILES, entry);
    return id;
  }

  @Override
  public int newId() {
    return ++lastId;
  }

  @Override
  public fown_entry owner(Descriptor descriptor) {
    SigioOwner owner = descriptor.owner();
    if (owner.pid() == 0) {
      return owner.signal() == 0
          ? SigioOwner.NOBODY
          : SigioOwner.NOBODY.toBuilder().setSignum(owner.signal()).build();
    }
    int pid = context.pids().imagePid(owner.pid());
    if (pid == 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "its SIGIO goes to process " + owner.pid() + ", which is not part of the dump");
    }
    return fown_entry
        .newBuilder()
        .setUid(owner.uid())
        .setEuid(owner.euid())
        .setSignum(owner.signal())
        .setPidType(owner.pidType())
        .setPid(pid)
        .build();
  }

  @Override
  public List<Integer> pids() {
    return pids;
  }

  @Override
  public List<Integer> holders(int fileId) {
    List<Integer> holders = new ArrayList<>();
    for (Map.Entry<Integer, Integer> table : tableOfPid.entrySet()) {
      for (fdinfo_entry descriptor : descriptors(table.getValue())) {
        if (descriptor.getId() == fileId) {
          holders.add(table.getKey());
          break;
        }
      }
    }
    return holders;
  }

  private List<fdinfo_entry> descriptors(int filesId) {
    return images.entries(ImageType.FDINFO, filesId, fdinfo_entry.parser());
  }

  @Override
  public <T> T state(Class<T> type, Supplier<T> initial) {
    return facts.of(type, initial);
  }

  @Override
  public void warn(String line) {
    context.options().of(CaptureWarnings.class, () -> CaptureWarnings.UNHEARD).sink().accept(line);
  }

  @Override
  public void afterTasks(Runnable capture) {
    inFlight.add(capture);
  }

  @Override
  public void atEnd(Runnable check) {
    checks.add(check);
  }
}
