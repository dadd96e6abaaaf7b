// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/**
 * A new place for the cgroups of an image: CRIU's {@code --cgroup-root [CONTROLLERS:]/PATH} and RPC
 * field cg_root.
 *
 * @param controllers which hierarchy: one or more controllers separated by commas, {@code name=X},
 *     empty for cgroup2; null for every hierarchy that no other root names
 * @param path cgroup that takes the place of the one the image has at the top
 */
public record CgroupRoot(String controllers, String path) {

  /**
   * Parses the command line option.
   *
   * @throws CgroupException if the path is not absolute
   */
  public static CgroupRoot ofOption(String value) throws CgroupException {
    int colon = value.indexOf(':');
    String path = value.substring(colon + 1);
    if (!path.startsWith("/")) {
      throw new CgroupException("--cgroup-root " + value + ": want [CONTROLLERS:]/PATH");
    }
    return new CgroupRoot(colon < 0 ? null : value.substring(0, colon), path);
  }

  /** Whether this root names the hierarchy, or one of its controllers. */
  boolean names(String hierarchy) {
    if (controllers == null || controllers.isEmpty() || hierarchy.isEmpty()) {
      return hierarchy.equals(controllers);
    }
    for (String name : Text.split(hierarchy, ',')) {
      if (Text.split(controllers, ',').contains(name)) {
        return true;
      }
    }
    return false;
  }
}
