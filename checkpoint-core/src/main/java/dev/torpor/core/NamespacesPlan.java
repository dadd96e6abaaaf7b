// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Sched;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.Clocks;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Plans the namespaces of the root task, with the descriptors that they need. */
final class NamespacesPlan {
  private final TreeImages tree;
  private final PlanOptions options;
  private final NamespaceReturn namespaces;
  private Op trap;

  NamespacesPlan(
      ImageStore images, TreeImages tree, PlanOptions options, Clocks clocks, Facts facts) {
    this.tree = tree;
    this.options = options;
    this.namespaces =
        options
            .namespaces()
            .namespaces(images, tree.inventory().getRootIds(), tree.root().ids(), clocks, facts);
  }

  /**
   * Puts the calls into the plans of the root task, and of those that are the first in another.
   *
   * @param plans of all threads, by their ids
   */
  void plan(Map<Integer, ThreadPlan> plans, ServiceFd proc) throws IOException {
    ThreadPlan root = plans.get(tree.root().pid());
    namespaces.plan(root, this::given);
    takePids(plans);
    planBelow(plans, proc);
    root.at(
        Step.NAMESPACES, program -> trap = program.trap("the namespaces of the tree are there"));
  }

  /** In a pid namespace that is made for the tree all numbers are free. */
  private void takePids(Map<Integer, ThreadPlan> plans) {
    boolean made = (namespaces.cloneFlags() & Sched.CLONE_NEWPID) != 0;
    for (ThreadPlan plan : plans.values()) {
      if (!made) {
        plan.takes(new FreePid(plan.subject(), plan.tid(), pidNamespace()));
      }
    }
  }

  private void planBelow(Map<Integer, ThreadPlan> plans, ServiceFd proc) throws IOException {
    Map<Integer, task_kobj_ids_entry> ids = new HashMap<>();
    for (TaskImages task : tree.tasks()) {
      if (!task.isZombie()) {
        ids.put(task.pid(), task.ids());
        task_kobj_ids_entry parent = ids.get(task.tree().getPpid());
        if (parent != null) {
          namespaces.planBelow(plans.get(task.pid()), task.ids(), parent, proc.number());
        }
      }
    }
  }

  private int given(String key) {
    Integer fd = options.inherited().get(key);
    if (fd != null) {
      return fd;
    }
    if (options.assumesGiven()) {
      return NamespaceReturn.TO_BE_GIVEN;
    }
    throw new RestoreException(
        "the images want a namespace given as "
            + key
            + "; open its file, such as /proc/PID/ns/net, and pass the descriptor with"
            + " --inherit-fd fd[NUMBER]:"
            + key);
  }

  NamespaceReturn namespaces() {
    return namespaces;
  }

  /** The launcher's descriptor of the pid namespace that the root task is born in. */
  int pidNamespace() {
    String key = namespaces.pidNamespaceKey();
    return key == null ? Launcher.OWN_PID_NAMESPACE : given(key);
  }

  /** Where the root task waits with its namespaces made, before mounts and children. */
  Op trap() {
    return trap;
  }
}
