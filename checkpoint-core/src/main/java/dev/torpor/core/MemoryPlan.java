// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.memory.Provisions;
import dev.torpor.memory.SharedAreas;
import dev.torpor.memory.TreeMemory;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.Dumpable;
import dev.torpor.task.ThpDisabled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Plans the memory of all tasks. */
final class MemoryPlan {
  private final TreeImages tree;
  private final Map<Integer, ThreadPlan> plans;
  private final FilesPlanner files;
  private final ServiceFd proc;
  private final ServiceFd imagesFd;
  private final TreeMemory memory;
  private final SharedAreas shared;
  private final Stages stages;

  /** Finds shared memory, and the addresses to restore from. */
  MemoryPlan(
      TreeMemory memory,
      TreeImages tree,
      Map<Integer, ThreadPlan> plans,
      Machine machine,
      FilesPlanner files,
      ServiceFd proc,
      ServiceFd imagesFd,
      SecondThread second)
      throws IOException {
    this.tree = tree;
    this.plans = plans;
    this.files = files;
    this.proc = proc;
    this.imagesFd = imagesFd;
    this.memory = memory;
    addTasks(second);
    this.shared = memory.shared(files);
    this.stages = new Stages(machine, memory.ranges(), shared.longestBytes());
  }

  private void addTasks(SecondThread second) throws IOException {
    List<Integer> pids = new ArrayList<>();
    for (TaskImages task : living()) {
      pids.add(task.pid());
    }
    memory.readPagemaps(pids, second);
    for (TaskImages task : living()) {
      memory.add(plans.get(task.pid()), task.tree().getPpid());
    }
  }

  private List<TaskImages> living() {
    List<TaskImages> living = new ArrayList<>();
    for (TaskImages task : tree.tasks()) {
      if (!task.isZombie()) {
        living.add(task);
      }
    }
    return living;
  }

  Stages stages() {
    return stages;
  }

  /** How many pages are read back. */
  long pageCount() {
    return memory.pageCount();
  }

  void plan(SecondThread second) throws IOException {
    Provisions provisions = new Provisions(imagesFd, proc, stages.room(), stages.sharedPlace());
    ThreadPlan root = plans.get(tree.root().pid());
    root.facts().with(provisions);
    files.facts().with(stages.place());
    shared.plan(root, provisions);
    memory.plan(files, shared, stages.kernelAreas(), provisions, second);
  }

  /** What images have beside the mappings, of all threads; behind credentials, which reset it. */
  void planAttributes() {
    Iterator<mm_entry> spaces = memory.addressSpaces().iterator();
    for (TaskImages task : living()) {
      mm_entry mm = spaces.next();
      for (int tid : task.cores().keySet()) {
        ThpDisabled.plan(mm, plans.get(tid));
        Dumpable.plan(mm, plans.get(tid));
      }
    }
  }
}
