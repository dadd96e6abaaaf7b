// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.proc.Mapping;

/** Gives files that are mapped, not open, an id in the images. */
public interface MappedFiles {
  /**
   * The id of the file of a mapping.
   *
   * @param writable whether the mapping was made from a descriptor open for writing
   */
  int mapped(int pid, Mapping mapping, boolean writable);

  /** Whether the file of a mapping still has a name. */
  boolean exists(int pid, Mapping mapping);

  /** The id of the memory of a shared anonymous mapping. */
  int sharedMemory(int pid, Mapping mapping);

  /** The id of /proc/PID/exe. */
  int executable(int pid);
}
