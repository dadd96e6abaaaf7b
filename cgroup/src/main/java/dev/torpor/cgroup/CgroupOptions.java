// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/**
 * The options that concern cgroups.
 *
 * @param mode {@code --manage-cgroups}
 * @param roots {@code --cgroup-root}
 * @param changes {@code --cgroup-props}, of a dump
 * @param dumped {@code --cgroup-dump-controller}, of a dump: hierarchies by the second field of
 *     /proc/PID/cgroup; empty for all
 */
public record CgroupOptions(
    ManageCgroupsMode mode, List<CgroupRoot> roots, PropertyChanges changes, List<String> dumped) {

  /** Copies the lists. */
  public CgroupOptions {
    roots = List.copyOf(roots);
    dumped = List.copyOf(dumped);
  }

  /** Without what only a dump has. */
  public CgroupOptions(ManageCgroupsMode mode, List<CgroupRoot> roots) {
    this(mode, roots, PropertyChanges.NONE, List.of());
  }

  /** Whether a hierarchy is seen at all. */
  boolean isDumped(String hierarchy) {
    return dumped.isEmpty() || dumped.contains(hierarchy);
  }

  /** The new root for a hierarchy, or null if it keeps its place. */
  String rootOf(String hierarchy) throws CgroupException {
    String named = null;
    String general = null;
    for (CgroupRoot root : roots) {
      if (root.controllers() == null) {
        general = root.path();
      } else if (root.names(hierarchy)) {
        if (named != null && !named.equals(root.path())) {
          throw new CgroupException(
              CgroupFs.describe(hierarchy)
                  + ": two new roots, "
                  + named
                  + " and "
                  + root.path()
                  + "; its controllers are mounted together and need the same");
        }
        named = root.path();
      }
    }
    return named != null ? named : general;
  }
}
