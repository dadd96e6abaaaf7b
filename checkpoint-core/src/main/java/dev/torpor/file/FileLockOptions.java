// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * What the caller of a dump says about locks of files, for {@link dev.torpor.plan.Facts}. A restore
 * is asked nothing: locks that images hold come back.
 *
 * @param carried whether a task may hold any (--file-locks)
 */
public record FileLockOptions(boolean carried) {
  /** A task that holds a lock is refused. */
  public static final FileLockOptions NONE = new FileLockOptions(false);
}
