// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.NamespaceCapture;
import dev.torpor.file.MountLookup;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.memory.SysvSegments;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The namespaces of one tree that is being dumped: those of the root task, and those below. */
public final class TreeNamespaces implements NamespaceCapture {
  private final TreeIds ids;
  private final DumpOptions options;
  private final List<NamespaceRoom> rooms;
  private final MountLookup mounts;

  /** Those of tasks below the root, by their numbers, which no two of any kind share. */
  private final Map<Integer, DumpedNamespace> nested = new HashMap<>();

  private final Map<Integer, task_kobj_ids_entry> tasks = new HashMap<>();

  /**
   * Looks at the tree, which may still run.
   *
   * @param ownPid Torpor's pid in {@code proc}
   * @param own the numbers of Torpor's own namespaces
   * @param rootPid the root task's pid in {@code proc}
   * @param root the numbers of its namespaces
   * @param catalogue has the rooms of all kinds of namespaces
   * @throws dev.torpor.error.UnsupportedException for mounts that cannot be carried
   */
  public TreeNamespaces(
      ProcFs proc,
      int ownPid,
      task_kobj_ids_entry own,
      int rootPid,
      task_kobj_ids_entry root,
      DumpOptions options,
      Rooms catalogue) {
    this.rooms = catalogue.of(NamespaceRoom.class);
    this.ids = new TreeIds(proc, ownPid, own, rootPid, root);
    this.options = options;
    MountLookup lookup = MountLookup.ofOwnNamespace();
    for (NamespaceRoom room : rooms) {
      if (room instanceof MountNamespace mountRoom && ids.isPart(NamespaceKind.MNT)) {
        lookup = mountRoom.look(ofRoot(room));
      }
    }
    this.mounts = lookup;
  }

  private DumpedNamespace ofRoot(NamespaceRoom room) {
    return ofRoot(room, null);
  }

  private DumpedNamespace ofRoot(NamespaceRoom room, SysvSegments segments) {
    return new DumpedNamespace(
        ids, options, room.kind(), ids.rootPid(), ids.id(room.kind()), segments);
  }

  @Override
  public void check() {
    for (NamespaceRoom room : rooms) {
      if (ids.isPart(room.kind())) {
        room.check(ofRoot(room));
      }
    }
  }

  @Override
  public void check(int pid, int parentPid, task_kobj_ids_entry task) {
    if (pid == ids.rootPid()) {
      // What a rehearsal found may have gone.
      nested.clear();
      tasks.clear();
    }
    tasks.put(pid, task);
    task_kobj_ids_entry parent = tasks.getOrDefault(parentPid, task);
    for (NamespaceRoom room : rooms) {
      NamespaceKind kind = room.kind();
      if (pid == ids.rootPid() || kind.in(task) == kind.in(parent)) {
        continue;
      }
      int id = kind.in(task);
      boolean isNew = id != ids.id(kind) && !ids.isOwn(kind, id);
      DumpedNamespace known = nested.get(id);
      if (!room.nests()) {
        throw ids.nested(pid, kind.fileName());
      }
      if (!isNew || (known != null && known.pid() != pid)) {
        throw ids.joined(pid, kind.fileName());
      }
      DumpedNamespace found = new DumpedNamespace(ids, options, kind, pid, id, null);
      room.check(found);
      nested.put(id, found);
    }
    ids.checkChildren(pid);
  }

  @Override
  public void check(SysvSegments segments) {
    for (NamespaceRoom room : rooms) {
      if (!ids.isPart(room.kind())) {
        room.checkHosts(ofRoot(room, segments));
      }
    }
  }

  @Override
  public MountLookup mounts() {
    return mounts;
  }

  @Override
  public void write(CapturedImages images, SysvSegments segments) throws IOException {
    for (NamespaceRoom room : rooms) {
      if (ids.isPart(room.kind()) || room.isAlwaysWritten()) {
        room.write(ofRoot(room, segments), images);
      } else {
        room.writeHosts(ofRoot(room, segments), images);
      }
      for (DumpedNamespace namespace : nested.values()) {
        if (namespace.kind() == room.kind()) {
          room.write(namespace.with(segments), images);
        }
      }
    }
  }
}
