// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.NamespaceCapture;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MountLookup;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The namespaces of one tree that is being dumped. */
public final class TreeNamespaces implements NamespaceCapture {
  private final TreeIds ids;
  private final MountNamespace mounts;
  private final List<NamespaceRoom> rooms = new ArrayList<>();

  /**
   * Looks at the tree, which may still run.
   *
   * @param ownPid Torpor's pid in {@code proc}
   * @param own the numbers of Torpor's own namespaces
   * @param rootPid the root task's pid in {@code proc}
   * @param root the numbers of its namespaces
   * @throws UnsupportedException for mounts or a user namespace that cannot be carried
   */
  public TreeNamespaces(
      ProcFs proc,
      int ownPid,
      task_kobj_ids_entry own,
      int rootPid,
      task_kobj_ids_entry root,
      DumpOptions options) {
    this.ids = new TreeIds(proc, ownPid, own, rootPid, root);
    if (ids.isPart(NamespaceKind.USER)) {
      throw new UnsupportedException(
          "task " + rootPid,
          "it lives in another user namespace than Torpor; user namespaces are not carried");
    }
    this.mounts = ids.isPart(NamespaceKind.MNT) ? new MountNamespace(ids, options) : null;
    addRooms(options);
  }

  private void addRooms(DumpOptions options) {
    rooms.add(new TimeNamespace(ids));
    if (ids.isPart(NamespaceKind.PID)) {
      rooms.add(new PidNamespace(ids, options));
    }
    if (ids.isPart(NamespaceKind.UTS)) {
      rooms.add(new UtsNamespace(ids));
    }
    if (ids.isPart(NamespaceKind.IPC)) {
      rooms.add(new IpcNamespace(ids));
    }
    if (ids.isPart(NamespaceKind.NET)) {
      rooms.add(new NetNamespace(ids, options));
    }
    if (mounts != null) {
      rooms.add(mounts);
    }
  }

  @Override
  public void check() {
    for (NamespaceRoom room : rooms) {
      room.check();
    }
  }

  @Override
  public void check(int pid, task_kobj_ids_entry task) {
    ids.check(pid, task);
  }

  @Override
  public MountLookup mounts() {
    return mounts == null ? MountLookup.ofOwnNamespace() : mounts;
  }

  @Override
  public void write(ImageDirectory images) throws IOException {
    for (NamespaceRoom room : rooms) {
      room.write(images);
    }
  }
}
