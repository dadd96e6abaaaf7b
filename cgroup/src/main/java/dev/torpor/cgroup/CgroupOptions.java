// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/**
 * The options that concern cgroups.
 *
 * @param mode {@code --manage-cgroups}
 * @param roots {@code --cgroup-root}
 */
public record CgroupOptions(ManageCgroupsMode mode, List<CgroupRoot> roots) {

  /** Copies the list. */
  public CgroupOptions {
    roots = List.copyOf(roots);
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
