// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;

/** Plans the return of a tree's namespaces: the core knows no namespace. */
@FunctionalInterface
public interface NamespacePlanning {
  /**
   * Plans; looks at nothing but its arguments.
   *
   * @param own {@code root_ids} of the inventory
   * @param root the root task's ids
   * @param clocks this host's, a moment ago
   * @param facts what the rooms of this restore know of each other
   */
  NamespaceReturn namespaces(
      ImageStore images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      Clocks clocks,
      Facts facts);
}
