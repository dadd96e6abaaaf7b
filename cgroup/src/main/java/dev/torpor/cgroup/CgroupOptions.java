// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;
import java.util.Set;

/**
 * The options that concern cgroups.
 *
 * @param mode {@code --manage-cgroups}; IGNORE if it was not given
 * @param roots {@code --cgroup-root}
 * @param properties which files of a cgroup are saved ({@code --cgroup-props}, {@code
 *     --cgroup-props-file})
 * @param dumpControllers {@code --cgroup-dump-controller}; empty for all
 */
public record CgroupOptions(
    ManageCgroupsMode mode,
    List<CgroupRoot> roots,
    PropertyCatalogue properties,
    Set<String> dumpControllers) {

  /** Copies the collections. */
  public CgroupOptions {
    roots = List.copyOf(roots);
    dumpControllers = Set.copyOf(dumpControllers);
  }

  /** A mode, all else as without any option. */
  public static CgroupOptions of(ManageCgroupsMode mode) {
    return new CgroupOptions(mode, List.of(), PropertyCatalogue.builtIn(), Set.of());
  }

  /** These options with other roots. */
  public CgroupOptions withRoots(List<CgroupRoot> newRoots) {
    return new CgroupOptions(mode, newRoots, properties, dumpControllers);
  }

  /** These options with another catalogue. */
  public CgroupOptions withProperties(PropertyCatalogue catalogue) {
    return new CgroupOptions(mode, roots, catalogue, dumpControllers);
  }

  /** These options with the controllers to dump. */
  public CgroupOptions withDumpControllers(Set<String> names) {
    return new CgroupOptions(mode, roots, properties, names);
  }

  boolean dumps(String hierarchy) {
    if (dumpControllers.isEmpty() || dumpControllers.contains(hierarchy)) {
      return true;
    }
    for (String name : Text.split(hierarchy, ',')) {
      if (dumpControllers.contains(name)) {
        return true;
      }
    }
    return false;
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
