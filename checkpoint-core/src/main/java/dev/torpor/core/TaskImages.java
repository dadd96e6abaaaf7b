// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.signal.StopSignal;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the images say of one task.
 *
 * @param tree its line of pstree.img
 * @param cores core-TID.img of its threads by their ids, the leader's first
 * @param mm mm-PID.img; null for a zombie, as the following
 * @param fs fs-PID.img
 * @param ids ids-PID.img
 */
record TaskImages(
    pstree_entry tree,
    Map<Integer, core_entry> cores,
    mm_entry mm,
    fs_entry fs,
    task_kobj_ids_entry ids) {
  private static final int DEAD = 2;
  private static final int ALIVE = 1;

  static TaskImages read(ImageDirectory images, pstree_entry tree) throws IOException {
    core_entry leader = images.read(ImageType.CORE, tree.getPid()).only(core_entry.parser());
    if (!leader.hasTc()) {
      throw new RestoreException(
          images.file(ImageType.CORE, tree.getPid())
              + " does not describe the leader of task "
              + tree.getPid());
    }
    Map<Integer, core_entry> cores = new LinkedHashMap<>();
    cores.put(tree.getPid(), leader);
    int state = leader.getTc().getTaskState();
    if (state == DEAD) {
      // What CRIU writes for the threads of a zombie is not to be trusted.
      return new TaskImages(tree, cores, null, null, null);
    }
    if (state != ALIVE && state != StopSignal.TASK_STOPPED) {
      throw new UnsupportedException(
          "task " + tree.getPid(), "its image has the unknown state " + state);
    }
    for (int tid : tree.getThreadsList()) {
      if (tid != tree.getPid()) {
        cores.put(tid, images.read(ImageType.CORE, tid).only(core_entry.parser()));
      }
    }
    return new TaskImages(
        tree,
        cores,
        images.read(ImageType.MM, tree.getPid()).only(mm_entry.parser()),
        images.read(ImageType.FS, tree.getPid()).only(fs_entry.parser()),
        images.read(ImageType.IDS, tree.getPid()).only(task_kobj_ids_entry.parser()));
  }

  int pid() {
    return tree.getPid();
  }

  boolean isZombie() {
    return mm == null;
  }

  core_entry leader() {
    return cores.get(pid());
  }
}
