// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.Map;

/**
 * What the caller of a restore says about files.
 *
 * @param inherited descriptors that the root task has from the start, by what they stand for
 *     (--inherit-fd): {@code pipe:[4711]}, {@code socket:[4711]}, {@code tty[8800:1a]}, a path
 *     without its first slash
 * @param descriptorLimit RLIMIT_NOFILE of the restoring tasks, before they get their own limits
 * @param checksMode whether type and permissions of a file must be what they were at the dump (not
 *     with --skip-file-rwx-check)
 */
public record FileRestoreOptions(
    Map<String, Integer> inherited, int descriptorLimit, boolean checksMode) {}
