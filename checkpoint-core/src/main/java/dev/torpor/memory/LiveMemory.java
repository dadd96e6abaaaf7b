// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.TorporException;
import dev.torpor.image.CapturedImages;
import dev.torpor.inject.Seizure;
import dev.torpor.linux.NativeMemory;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import dev.torpor.proc.TaskStatus;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Memory that is copied before a tree is frozen. The copy of a page counts only if the kernel says,
 * when the tree stands still, that nobody has written the page since it was protected; whatever
 * happened to a mapping meanwhile, its pages are copied then as if this had not been.
 *
 * <p>A page that the kernel writes for a call that began before (a read with O_DIRECT pins it) is
 * written past its protection. So all pages are protected first, then all threads are stopped for a
 * moment, by which such calls have ended, and only then are pages copied. Trees with calls that go
 * on behind the back of their threads, io_uring(7) and io_submit(2), are copied when they stand.
 */
public final class LiveMemory implements AutoCloseable {
  /** Less is copied in a few milliseconds. */
  private static final int LEAST_KIB = 32 * 1024;

  /** The same for a mapping. */
  private static final long LEAST_BYTES = 1 << 20;

  private final ProcFs proc;
  private final CapturedImages images;
  private final MappingRooms rooms;
  private final SecondThread second;
  private final Consumer<String> log;
  private final Map<Integer, LiveCopy> copies = new HashMap<>();

  /** Nothing is copied yet. */
  public LiveMemory(
      ProcFs proc,
      CapturedImages images,
      MappingRooms rooms,
      SecondThread second,
      Consumer<String> log) {
    this.proc = proc;
    this.images = images;
    this.rooms = rooms;
    this.second = second;
    this.log = log;
  }

  /**
   * Copies what it can of the memory of a running tree.
   *
   * @param timeoutSeconds how long threads may take to stop, as {@link Seizure} has it
   */
  public void copy(TaskTree tree, int timeoutSeconds) throws IOException {
    try (NativeMemory room = PageSource.room()) {
      boolean forked = false;
      for (Task task : tree.tasks()) {
        forked |= task.stat().isForked();
        if (!task.isZombie() && !task.hasOutlivedLeader()) {
          begin(task, room);
        }
      }
      if (copies.isEmpty()) {
        return;
      }
      awaitCalls(tree, timeoutSeconds);
      String reason = goesOnBehindThreads(tree);
      if (reason != null) {
        log.accept("All memory is copied while the tree stands still: " + reason);
        close();
        return;
      }
      for (Map.Entry<Integer, LiveCopy> copy : copies.entrySet()) {
        copy.getValue().copy(second, room, forked);
        log.accept(told(copy.getKey(), copy.getValue(), room));
      }
    }
  }

  /** Looks as will be done when the tree stands, so that the code for it has run. */
  private static String told(int pid, LiveCopy copy, NativeMemory room) {
    return "Copied "
        + copy.copiedBytes() / 1024
        + " KiB of task "
        + pid
        + " while it ran, which has written to "
        + copy.writtenBytes(room) / 1024
        + " of them";
  }

  private void begin(Task task, NativeMemory room) {
    int pid = task.pid();
    try {
      TaskStatus status = proc.status(pid, pid);
      if (!status.has("RssAnon") || status.number("RssAnon") < LEAST_KIB) {
        return;
      }
      List<Mapping> mappings = AddressSpaceRoom.mappings(proc, pid);
      List<Mapping> large = new ArrayList<>();
      for (Mapping mapping : mappings) {
        if (mapping.lengthBytes() >= LEAST_BYTES && rooms.of(pid, mapping).isCopiedLive(mapping)) {
          large.add(mapping);
        }
      }
      LiveCopy copy = new LiveCopy(proc, images, pid, WriteTracking.begin(pid, large));
      copies.put(pid, copy);
      copy.protect(mappings, room);
    } catch (TorporException e) {
      log.accept("Memory of " + task.subject() + " is copied while it stands: " + e.getMessage());
      LiveCopy copy = copies.remove(pid);
      if (copy != null) {
        copy.close();
      }
    }
  }

  private void awaitCalls(TaskTree tree, int timeoutSeconds) {
    try (Seizure seizure = new Seizure(proc, false, timeoutSeconds)) {
      TaskTree.walk(proc, tree.root().tgid(), task -> seizure.stop(task.tgid()));
    }
  }

  /** Null if nothing does. */
  private String goesOnBehindThreads(TaskTree first) {
    for (Task task : TaskTree.look(proc, first.root().tgid()).tasks()) {
      try {
        String found = task.isZombie() ? null : behindThreads(task.pid());
        if (found != null) {
          return task.subject() + " has " + found;
        }
      } catch (ProcException e) {
        if (!e.gone()) {
          throw e;
        }
      }
    }
    return null;
  }

  private String behindThreads(int pid) {
    for (Mapping mapping : SmapsParser.read(proc.path(pid, "maps"))) {
      String name = mapping.name();
      if (name.startsWith("/[aio]") || name.equals("anon_inode:[io_uring]")) {
        return name;
      }
    }
    for (int fd : proc.descriptors(pid)) {
      try {
        String link = proc.link(pid, "fd/" + fd);
        if (link.equals("anon_inode:[io_uring]") || link.equals("anon_inode:[userfaultfd]")) {
          return link;
        }
      } catch (ProcException e) {
        if (!e.gone()) {
          throw e;
        }
      }
    }
    return null;
  }

  /** What was copied of a task; null if nothing was. */
  LiveCopy of(int pid) {
    return copies.get(pid);
  }

  /** Takes back what is in the tasks, which go on. */
  public void untrack() {
    for (LiveCopy copy : copies.values()) {
      copy.untrack();
    }
  }

  /** Makes whole images of what was copied before and after; drops what is of no use. */
  public void assemble() throws IOException {
    if (copies.isEmpty()) {
      return;
    }
    try (NativeMemory room = PageSource.room()) {
      for (LiveCopy copy : copies.values()) {
        copy.assemble(room);
      }
    }
    close();
  }

  /** Takes back what is in the tasks, and drops what has become no image. */
  @Override
  public void close() {
    for (LiveCopy copy : copies.values()) {
      copy.close();
    }
    copies.clear();
  }
}
