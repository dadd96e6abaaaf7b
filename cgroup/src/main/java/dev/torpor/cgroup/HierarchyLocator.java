// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/** Knows where the cgroups of a hierarchy can be reached in the file system. */
public interface HierarchyLocator {

  /**
   * The directory of a cgroup; it need not exist.
   *
   * @param hierarchy second field of /proc/PID/cgroup: controllers separated by commas, {@code
   *     name=X}, or empty for cgroup2
   * @param cgroup path of the cgroup below the root of the hierarchy, as this process sees it
   * @throws CgroupException if the hierarchy is not reachable, or the cgroup lies outside of what
   *     is visible of it
   */
  CgroupDirectory locate(String hierarchy, String cgroup) throws CgroupException;
}
