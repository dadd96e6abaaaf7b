// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MountLookup;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.memory.SysvSegments;
import java.io.IOException;

/** The namespaces of a tree that is being dumped. */
public interface NamespaceCapture {
  /**
   * Looks for what cannot be carried; the tree may still run.
   *
   * @throws UnsupportedException names it, and the option that helps
   */
  void check();

  /**
   * Looks at the namespaces of one task, which may still run. Parents come before their children.
   *
   * @param pid as Torpor sees it
   * @param parentPid its parent's; 0 for the root task
   * @param ids the numbers of its namespaces
   * @throws UnsupportedException if it has one that its parent has not, and that cannot be carried
   */
  void check(int pid, int parentPid, task_kobj_ids_entry ids);

  /**
   * Looks at the System V shared memory that tasks have attached, which may still run.
   *
   * @throws UnsupportedException if a segment of a namespace that is not dumped cannot be found
   *     again
   */
  void check(SysvSegments segments);

  /** The mounts of the tree, for files. */
  MountLookup mounts();

  /**
   * Writes the images of all namespaces that are not Torpor's own; the tree is frozen.
   *
   * @param segments what its tasks have attached; gets the contents that are to be written
   */
  void write(CapturedImages images, SysvSegments segments) throws IOException;
}
