// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.WaitingTask;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.util.List;
import java.util.function.ToIntFunction;

/** The plan of the namespaces of a tree: how its tasks come to live in them. */
public interface NamespaceReturn {
  /** In place of a descriptor that only a restore can give, in the plan that a dump makes. */
  int TO_BE_GIVEN = -1;

  /** CLONE_NEW* of clone(2) for the start of the root task. */
  long cloneFlags();

  /**
   * Keys of the descriptors that the root task must be started with: those of {@code inherit_fd} or
   * {@code --inherit-fd} that stand for a namespace which it joins, such as {@code extRootNetNS}.
   */
  List<String> inheritedKeys();

  /**
   * Key of the descriptor of the pid namespace that the root task must be born in, such as {@code
   * extRootPidNS}; null if it is a new one, or Torpor's own.
   */
  String pidNamespaceKey();

  /**
   * Puts the calls into the root task's plan, at {@link dev.torpor.plan.Step#NAMESPACES} and {@link
   * dev.torpor.plan.Step#MOUNTS}. Until the latter the task sees Torpor's mounts, a /proc among
   * them.
   *
   * @param descriptor the root task's descriptor for one of {@link #inheritedKeys} or {@link
   *     #pidNamespaceKey}, or {@link #TO_BE_GIVEN}
   */
  void plan(ThreadPlan root, ToIntFunction<String> descriptor);

  /**
   * Puts the calls into the plan of a task below the root, if it is the first in a namespace.
   *
   * @param ids the numbers of its namespaces
   * @param parent those of its parent
   * @param procFd a descriptor of /proc that the task has
   * @throws dev.torpor.error.UnsupportedException for a namespace that cannot be made there
   */
  void planBelow(ThreadPlan task, task_kobj_ids_entry ids, task_kobj_ids_entry parent, int procFd);

  /**
   * Does what is to be done from outside while the root task waits at {@code trap}.
   *
   * @param root the root task
   * @return whether the trap is one of this plan
   * @throws RestoreException names what could not be done
   */
  boolean atTrap(Op trap, WaitingTask root) throws IOException;

  /**
   * The trap before which the root task is moved into its cgroup, because its cgroup namespace
   * begins there; null if it has none of its own. {@link #atTrap} does not know it.
   */
  Op cgroupTrap();
}
