// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.ThreadEntry;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.FutureTask;

/**
 * What the images say of one task.
 *
 * @param tree its line of pstree.img
 * @param cores core-TID.img of its threads by their ids, the leader's first
 * @param fs fs-PID.img; null for a zombie, as the following
 * @param ids ids-PID.img
 */
record TaskImages(
    pstree_entry tree, Map<Integer, core_entry> cores, fs_entry fs, task_kobj_ids_entry ids) {
  private static final int DEAD = 2;
  private static final int ALIVE = 1;

  /**
   * Reads what there is of a task.
   *
   * @param threadCores read already, or about to be, by thread id
   */
  static TaskImages read(
      ImageStore images, pstree_entry tree, Map<Integer, FutureTask<core_entry>> threadCores)
      throws IOException {
    core_entry leader = core(images, tree.getPid(), threadCores);
    if (!leader.hasTc()) {
      throw new RestoreException(
          ImageType.CORE.fileName(tree.getPid())
              + " does not describe the leader of task "
              + tree.getPid());
    }
    Map<Integer, core_entry> cores = new LinkedHashMap<>();
    cores.put(tree.getPid(), leader);
    int state = leader.getTc().getTaskState();
    if (state == DEAD) {
      // What CRIU writes for the threads of a zombie is not to be trusted.
      return new TaskImages(tree, cores, null, null);
    }
    boolean isAlive = state == ALIVE || state == StopSignal.TASK_STOPPED;
    if (!isAlive && state != ThreadEntry.OUTLIVED) {
      throw new UnsupportedException(
          "task " + tree.getPid(), "its image has the unknown state " + state);
    }
    for (int tid : tree.getThreadsList()) {
      if (tid != tree.getPid()) {
        cores.put(tid, core(images, tid, threadCores));
      }
    }
    if (state == ThreadEntry.OUTLIVED) {
      cores.put(tree.getPid(), EndedLeader.toPlan(leader, survivor(tree, cores)));
    }
    return new TaskImages(
        tree,
        cores,
        images.only(ImageType.FS, tree.getPid(), fs_entry.parser()),
        images.only(ImageType.IDS, tree.getPid(), task_kobj_ids_entry.parser()));
  }

  private static core_entry survivor(pstree_entry tree, Map<Integer, core_entry> cores) {
    for (int tid : tree.getThreadsList()) {
      if (tid != tree.getPid()) {
        return cores.get(tid);
      }
    }
    throw new RestoreException(
        ImageType.CORE.fileName(tree.getPid())
            + " is of a main thread that has ended, and pstree.img has no thread that goes on");
  }

  /** A leader of a session or group that no task is any more: nothing is left of it. */
  static TaskImages gone(Kinship.Member leader) {
    task_core_entry task =
        task_core_entry
            .newBuilder()
            .setTaskState(DEAD)
            .setExitCode(0)
            .setPersonality(0)
            .setFlags(0)
            .setBlkSigset(0)
            .setComm("")
            .build();
    core_entry core = core_entry.newBuilder().setMtype(core_entry.march.X86_64).setTc(task).build();
    pstree_entry tree =
        pstree_entry
            .newBuilder()
            .setPid(leader.pid())
            .setPpid(leader.parent())
            .setPgid(leader.pgid())
            .setSid(leader.sid())
            .build();
    return new TaskImages(tree, Map.of(leader.pid(), core), null, null);
  }

  private static core_entry core(
      ImageStore images, int tid, Map<Integer, FutureTask<core_entry>> cores) throws IOException {
    FutureTask<core_entry> core = cores.get(tid);
    return core == null
        ? images.only(ImageType.CORE, tid, core_entry.parser())
        : SecondThread.result(core);
  }

  int pid() {
    return tree.getPid();
  }

  boolean isZombie() {
    return fs == null;
  }

  core_entry leader() {
    return cores.get(pid());
  }

  /** {@link #cores} of threads that do not end when they are let go. */
  Map<Integer, core_entry> goingOn() {
    if (!hasOutlivedLeader()) {
      return cores;
    }
    Map<Integer, core_entry> others = new LinkedHashMap<>(cores);
    others.remove(pid());
    return others;
  }

  /** Whether other threads go on, but the main thread has ended. */
  boolean hasOutlivedLeader() {
    return EndedLeader.is(leader());
  }
}
