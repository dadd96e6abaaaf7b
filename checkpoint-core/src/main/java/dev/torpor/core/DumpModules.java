// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.ProcFs;
import java.util.function.Consumer;

/** What a dump needs of the modules beside the core, made for its options. */
public interface DumpModules {
  /**
   * The namespaces of a tree.
   *
   * @param ownPid Torpor's pid
   * @param own numbers of Torpor's namespaces
   * @param root numbers of the root task's namespaces
   * @param warnings is told of what will be other after a restore, one line each
   */
  NamespaceCapture namespaces(
      ProcFs proc,
      int ownPid,
      task_kobj_ids_entry own,
      int rootPid,
      task_kobj_ids_entry root,
      Consumer<String> warnings);

  /**
   * Plans the return of the namespaces, for the check that what is dumped comes back. What only a
   * restore can say (a new root, where mounts from outside are) is taken for said.
   */
  NamespaceReturn planned(
      ImageStore images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      Clocks clocks,
      Facts facts);

  /**
   * The cgroups of a tree.
   *
   * @param warnings is told of what is not carried, one line each
   */
  CgroupCapturer cgroups(Consumer<String> warnings);
}
