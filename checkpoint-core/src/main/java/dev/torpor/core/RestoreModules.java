// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.plan.Facts;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** What a restore needs of the modules beside the core, made for its options. */
public interface RestoreModules {
  /**
   * The namespaces of a tree.
   *
   * @param own {@code root_ids} of the inventory
   * @param root the root task's ids
   * @param facts what the rooms of this restore know of each other
   */
  NamespaceReturn namespaces(
      ProcFs proc,
      ImageDirectory images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      Facts facts)
      throws IOException;

  /**
   * The cgroups of a tree.
   *
   * @param journal is told of every directory before it is made
   * @param warnings is told of what is not as it was, one line each
   */
  CgroupReturner cgroups(Consumer<Path> journal, Consumer<String> warnings);
}
