// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/**
 * The limits of a version 2 cgroup. CRIU has no list of them, so images do not carry them; engines
 * set them again before a restore. Whoever has no engine is told.
 */
final class LimitsOfVersion2 {
  /** A file, and what it says where there is no limit (Documentation/admin-guide/cgroup-v2.rst). */
  private record Limit(String file, String none) {}

  private static final List<Limit> ALL =
      List.of(
          new Limit("cpu.max", "max 100000"),
          new Limit("cpu.weight", "100"),
          new Limit("cpuset.cpus", ""),
          new Limit("cpuset.mems", ""),
          new Limit("io.max", ""),
          new Limit("memory.high", "max"),
          new Limit("memory.low", "0"),
          new Limit("memory.max", "max"),
          new Limit("memory.min", "0"),
          new Limit("memory.swap.max", "max"),
          new Limit("pids.max", "max"));

  private LimitsOfVersion2() {}

  /** Those that are set, as a line for the user; null if none is. */
  static String warning(CgroupDirectory directory) throws CgroupException {
    StringBuilder set = new StringBuilder();
    for (Limit limit : ALL) {
      if (directory.has(limit.file())) {
        String value = directory.read(limit.file()).strip();
        if (!value.equals(limit.none())) {
          set.append(set.length() == 0 ? "" : ", ").append(limit.file()).append(" = ");
          set.append(value.replace('\n', ';'));
        }
      }
    }
    return set.length() == 0
        ? null
        : "cgroup "
            + directory.path()
            + ": images do not carry "
            + set
            + "; set it at the restore, as engines do";
  }
}
