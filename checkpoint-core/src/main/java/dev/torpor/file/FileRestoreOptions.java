// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.Map;

/**
 * What the caller of a restore says about files.
 *
 * @param inherited descriptors that the root task has from the start, by what they stand for
 *     (--inherit-fd): {@code pipe:[4711]}, {@code socket:[4711]}, {@code tty[8800:1a]}, a path
 *     without its first slash; see also {@link #SHELL_TERMINAL}
 * @param descriptorLimit RLIMIT_NOFILE of the restoring tasks, before they get their own limits
 * @param orphanPtsMaster whether the caller takes the master of a terminal that was outside
 * @param checksMode whether type and permissions of a file must be what they were at the dump (not
 *     with --skip-file-rwx-check)
 */
public record FileRestoreOptions(
    Map<String, Integer> inherited,
    int descriptorLimit,
    boolean orphanPtsMaster,
    boolean checksMode) {
  /**
   * Key of the descriptor that replaces a terminal whose master was not dumped (--shell-job): the
   * terminal that the restore is run from.
   */
  public static final String SHELL_TERMINAL = "shell-terminal";

  /** Without a caller that takes masters; modes are checked. */
  public FileRestoreOptions(Map<String, Integer> inherited, int descriptorLimit) {
    this(inherited, descriptorLimit, false, true);
  }
}
