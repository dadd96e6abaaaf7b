// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MountLookup;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.task_kobj_ids_entry;
import java.io.IOException;

/** The namespaces of a tree that is being dumped, those of its root task. */
public interface NamespaceCapture {
  /**
   * Looks for what cannot be carried; the tree may still run.
   *
   * @throws UnsupportedException names it, and the option that helps
   */
  void check();

  /**
   * Looks at the namespaces of one task; it may still run.
   *
   * @param pid as Torpor sees it
   * @param ids the numbers of its namespaces
   * @throws UnsupportedException if they are not those of the root task
   */
  void check(int pid, task_kobj_ids_entry ids);

  /** The mounts of the tree, for files. */
  MountLookup mounts();

  /** Writes the images of all namespaces that are not Torpor's own; the tree is frozen. */
  void write(ImageDirectory images) throws IOException;
}
