// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;

/** What the images say of the tree as a whole, and of each task. */
final class TreeImages {
  private static final int IMAGES_VERSION = 2;

  private final inventory_entry inventory;
  private final List<TaskImages> tasks = new ArrayList<>();
  private Kinship kinship;

  private TreeImages(inventory_entry inventory) {
    this.inventory = inventory;
  }

  /**
   * Reads inventory, pstree and the images of all tasks.
   *
   * @throws RestoreException if that is no complete checkpoint
   * @throws UnsupportedException if it is of another version
   */
  static TreeImages read(ImageStore images, SecondThread second) throws IOException {
    if (!images.has(ImageType.INVENTORY)) {
      throw new RestoreException(
          "no inventory.img in the images directory: no complete checkpoint is there; name the"
              + " directory that a dump has written");
    }
    inventory_entry inventory = images.only(ImageType.INVENTORY, inventory_entry.parser());
    if (inventory.getImgVersion() != IMAGES_VERSION || !inventory.getFdinfoPerId()) {
      throw new UnsupportedException(
          ImageType.INVENTORY.fileName(),
          "images of version " + inventory.getImgVersion() + " are not carried; dump again");
    }
    TreeImages tree = new TreeImages(inventory);
    tree.readTasks(images, second);
    return tree;
  }

  private void readTasks(ImageStore images, SecondThread second) throws IOException {
    List<pstree_entry> tree =
        images.required(ImageType.PSTREE, ImageStore.ONLY, pstree_entry.parser());
    if (tree.isEmpty()) {
      throw new RestoreException(
          ImageType.PSTREE.fileName() + " has no task; restore another copy");
    }
    TreeEntries.check(ImageType.PSTREE.fileName(), tree);
    Map<Integer, FutureTask<core_entry>> cores = readCores(images, tree, second);
    Set<Integer> ended = new HashSet<>();
    for (pstree_entry entry : tree) {
      TaskImages task = TaskImages.read(images, entry, cores);
      tasks.add(task);
      if (task.isZombie()) {
        ended.add(task.pid());
      }
    }
    TreeEntries.checkThreads(ImageType.PSTREE.fileName(), tree, ended);
    kinship = Kinship.of(tasks);
    for (Kinship.Member leader : kinship.gone()) {
      tasks.add(TaskImages.gone(leader));
    }
  }

  /** Of many threads by two threads: there is an image of each. Empty for few. */
  private static Map<Integer, FutureTask<core_entry>> readCores(
      ImageStore images, List<pstree_entry> tree, SecondThread second) {
    List<Integer> tids = new ArrayList<>();
    for (pstree_entry entry : tree) {
      tids.addAll(entry.getThreadsList());
    }
    Map<Integer, FutureTask<core_entry>> cores = new LinkedHashMap<>();
    if (tids.size() < SecondThread.MANY) {
      return cores;
    }
    for (int tid : tids) {
      cores.put(tid, new FutureTask<>(() -> images.only(ImageType.CORE, tid, core_entry.parser())));
    }
    second.share(List.copyOf(cores.values()));
    return cores;
  }

  inventory_entry inventory() {
    return inventory;
  }

  /** Who is whose child. */
  Kinship kinship() {
    return kinship;
  }

  /** In the order of pstree.img: parents before children; leaders that are gone behind all. */
  List<TaskImages> tasks() {
    return tasks;
  }

  TaskImages root() {
    return tasks.get(0);
  }

  /** Whether the tree has namespaces that are not its restorer's. */
  boolean hasOwnNamespaces() {
    task_kobj_ids_entry own = inventory.getRootIds();
    task_kobj_ids_entry ids = root().ids();
    return hasOwnNetwork()
        || own.getPidNsId() != ids.getPidNsId()
        || own.getMntNsId() != ids.getMntNsId()
        || own.getIpcNsId() != ids.getIpcNsId()
        || own.getUtsNsId() != ids.getUtsNsId()
        || own.getCgroupNsId() != ids.getCgroupNsId();
  }

  /** What the dump called itself; of CRIU before 4.2, the root task's pid. */
  String runId() {
    return inventory.hasDumpCriuRunId()
        ? inventory.getDumpCriuRunId()
        : Integer.toString(root().pid());
  }

  /** Whether the tree has a network namespace that is not its restorer's. */
  boolean hasOwnNetwork() {
    return inventory.getRootIds().getNetNsId() != root().ids().getNetNsId();
  }
}
