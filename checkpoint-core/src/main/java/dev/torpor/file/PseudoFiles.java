// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Magic;

/**
 * Files that the kernel makes up: /proc, /sys, cgroups and their like. Neither size nor permissions
 * say whether one is the same file: they are what the kernel, or who made the cgroup, gives it.
 */
final class PseudoFiles {
  private PseudoFiles() {}

  /** Whether an open file is in such a file system. */
  static boolean has(Descriptor descriptor) {
    return isType(descriptor.fileSystemType());
  }

  /** Whether an open file is a POSIX message queue, mq_overview(7). */
  static boolean isMessageQueue(Descriptor descriptor) {
    return descriptor.fileSystemType() == Magic.MQUEUE_MAGIC;
  }

  /** The same by its path, which is all that there is of one in images of CRIU. */
  static boolean has(String path) {
    return path.startsWith("/proc/") || path.startsWith("/sys/");
  }

  private static boolean isType(long type) {
    return type == Magic.PROC_SUPER_MAGIC
        || type == Magic.SYSFS_MAGIC
        || type == Magic.CGROUP_SUPER_MAGIC
        || type == Magic.CGROUP2_SUPER_MAGIC
        || type == Magic.DEBUGFS_MAGIC
        || type == Magic.TRACEFS_MAGIC
        || type == Magic.SECURITYFS_MAGIC
        || type == Magic.BPF_FS_MAGIC
        || type == Magic.BINFMTFS_MAGIC;
  }
}
