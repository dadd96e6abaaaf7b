// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.Words;

/**
 * A new place for the cgroups of an image: CRIU's {@code --cgroup-root [CONTROLLERS:]/PATH} and RPC
 * field cg_root.
 *
 * @param controllers which hierarchy: one or more controllers separated by commas, {@code name=X},
 *     empty for cgroup2; null for every hierarchy that no other root names
 * @param path cgroup that takes the place of the one the image has at the top
 */
public record CgroupRoot(String controllers, String path) {
  /** Whether this root names the hierarchy, or one of its controllers. */
  boolean names(String hierarchy) {
    if (controllers == null || controllers.isEmpty() || hierarchy.isEmpty()) {
      return hierarchy.equals(controllers);
    }
    for (String name : Words.split(hierarchy, ',')) {
      if (Words.split(controllers, ',').contains(name)) {
        return true;
      }
    }
    return false;
  }
}
