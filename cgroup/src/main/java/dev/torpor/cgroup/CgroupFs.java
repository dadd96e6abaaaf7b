// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The mounted cgroup hierarchies. They are looked for in the caller's own mount namespace first,
 * then in those added with {@link #addView}: a mount that only another process has is reached
 * through its /proc/PID/root, nothing is mounted.
 */
public final class CgroupFs implements HierarchyLocator {
  private record View(Path root, List<CgroupMount> mounts) {}

  private final List<View> views = new ArrayList<>();

  /**
   * @param root where the root of the process that the text belongs to is found: {@code /}, a
   *     directory with recorded files, or /proc/PID/root
   * @param mountinfo its /proc/PID/mountinfo, read by this process
   * @throws dev.torpor.proc.ProcException if the text cannot be parsed
   */
  public CgroupFs(Path root, String mountinfo) {
    addView(root, mountinfo);
  }

  /**
   * Adds a mount namespace to search after the ones known so far.
   *
   * @param root as for the constructor
   * @param mountinfo as for the constructor
   * @throws dev.torpor.proc.ProcException if the text cannot be parsed
   */
  public void addView(Path root, String mountinfo) {
    views.add(new View(root, CgroupMount.parse(mountinfo)));
  }

  @Override
  public CgroupDirectory locate(String hierarchy, String cgroup) throws CgroupException {
    boolean mounted = false;
    for (View view : views) {
      for (CgroupMount mount : view.mounts()) {
        if (!mount.shows(hierarchy)) {
          continue;
        }
        CgroupDirectory top =
            new CgroupDirectory(view.root().resolve(mount.mountPoint().substring(1)));
        if (!top.isCgroup()) {
          // Covered by a later mount on a directory above it.
          continue;
        }
        mounted = true;
        String below = mount.relativePath(cgroup);
        if (below != null) {
          return top.resolve(below);
        }
      }
    }
    throw new CgroupException(mounted ? outside(hierarchy, cgroup) : notMounted(hierarchy));
  }

  private static String outside(String hierarchy, String cgroup) {
    return "cgroup "
        + cgroup
        + " of "
        + describe(hierarchy)
        + ": outside of what is mounted of that hierarchy here; run in the host's cgroup and mount"
        + " namespaces";
  }

  private static String notMounted(String hierarchy) {
    return describe(hierarchy)
        + ": not mounted anywhere visible; "
        + (hierarchy.isEmpty()
            ? "mount -t cgroup2 none DIR first (a fresh superblock request here could change the"
                + " options of the host's), or use --manage-cgroups=ignore"
            : "mount -t cgroup -o "
                + hierarchy
                + " none DIR first, or use --manage-cgroups=ignore");
  }

  /** How messages call a hierarchy. */
  static String describe(String hierarchy) {
    return hierarchy.isEmpty() ? "cgroup2 hierarchy" : "cgroup hierarchy " + hierarchy;
  }
}
