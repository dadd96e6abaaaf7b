// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.fs_entry;

/**
 * Captures current directory, root and umask of threads that have their own: directories are files,
 * which no thread's room knows.
 *
 * @param capture does it; by several threads of this process at once in a rehearsal
 */
public record ThreadDirectories(Capture capture) {
  /** How that is done. */
  @FunctionalInterface
  public interface Capture {
    /**
     * Captures those of a thread.
     *
     * @throws dev.torpor.error.UnsupportedException for a directory that cannot come back
     */
    fs_entry of(ThreadState thread);
  }
}
