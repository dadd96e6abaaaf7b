// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.core_entry;
import java.util.HashMap;
import java.util.Map;

/** Which task goes into which cgroup, and when; does nothing for images without cgroup.img. */
final class CgroupPlacement {
  private final RestorePlan plan;
  private final CgroupReturner cgroups;
  private final cgroup_entry entry;
  private boolean prepared;

  CgroupPlacement(RestorePlan plan, CgroupReturner cgroups) {
    this.plan = plan;
    this.cgroups = cgroups;
    this.entry = plan.images().optional(ImageType.CGROUP, ImageStore.ONLY, cgroup_entry.parser());
  }

  void prepare() {
    if (entry != null) {
      prepared = true;
      cgroups.prepare(entry);
    }
  }

  void enterNamespaceRoot(int pid) {
    if (entry != null) {
      cgroups.enterNamespaceRoot(pid, set(plan.tree().root().leader()));
    }
  }

  /** Before the root task forks: its children inherit the place. */
  void moveRoot(int pid) {
    int set = set(plan.tree().root().leader());
    if (entry != null && set != 0 && set != plan.tree().inventory().getRootCgSet()) {
      cgroups.move(pid, set);
    }
  }

  /** Those whose place is not their parent's. */
  void moveOthers(Execution execution) {
    if (entry == null) {
      return;
    }
    Map<Integer, Integer> sets = new HashMap<>();
    for (TaskImages task : plan.tree().tasks()) {
      int set = set(task.leader());
      sets.put(task.pid(), set);
      if (task.isZombie()) {
        continue;
      }
      Integer inherited = sets.get(task.tree().getPpid());
      if (inherited != null && inherited != set && set != 0) {
        cgroups.move(execution.tid(plan.plan(task.pid()).program()), set);
      }
      moveThreads(task, set, execution);
    }
  }

  private void moveThreads(TaskImages task, int leaderSet, Execution execution) {
    for (Map.Entry<Integer, core_entry> thread : task.cores().entrySet()) {
      int set = set(thread.getValue());
      if (set != leaderSet && set != 0) {
        cgroups.moveThread(execution.tid(plan.plan(thread.getKey()).program()), set);
      }
    }
  }

  /** Memory is filled, the programs have ended. */
  void limit() {
    if (entry != null) {
      cgroups.applyProperties();
    }
  }

  /** No task has to do anything any more before it goes. */
  void freeze() {
    if (entry != null) {
      cgroups.restoreFreezer();
    }
  }

  /** Tasks are about to be ended. */
  void thaw() {
    if (prepared) {
      cgroups.thaw();
    }
  }

  /** They have ended. */
  void undo() {
    if (prepared) {
      cgroups.undo();
    }
  }

  /** Since CRIU 4.0 per thread, before that per task. */
  private static int set(core_entry core) {
    return core.getThreadCore().hasCgSet()
        ? core.getThreadCore().getCgSet()
        : core.getTc().getCgSet();
  }
}
