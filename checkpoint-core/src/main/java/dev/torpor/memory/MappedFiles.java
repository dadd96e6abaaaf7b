// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.MappedFile;
import dev.torpor.proc.Mapping;

/** Gives files that are mapped, not open, an id in the images. */
public interface MappedFiles {
  /**
   * The file of a mapping.
   *
   * @param writable whether the mapping was made from a descriptor open for writing
   */
  MappedFile mapped(int pid, Mapping mapping, boolean writable);

  /** The id of the memory of a shared anonymous mapping. */
  int sharedMemory(int pid, Mapping mapping);

  /** Notes that a task has a segment of System V shared memory attached. */
  void attached(int pid, Mapping mapping);

  /**
   * Waits until nothing is under way in a ring of io_setup(2).
   *
   * @throws dev.torpor.error.UnsupportedException if that takes long, or if nobody tells
   */
  void awaitRing(int pid, Mapping mapping);

  /** The id of /proc/PID/exe. */
  int executable(int pid);
}
