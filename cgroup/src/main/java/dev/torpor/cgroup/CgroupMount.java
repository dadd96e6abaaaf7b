// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.linux.KernelString;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * A mount of a cgroup file system, one line of proc_pid_mountinfo(5).
 *
 * @param mountPoint path of the mount point, relative to the root of the process
 * @param root cgroup that the mount shows as its root, relative to the reader's cgroup namespace;
 *     begins with {@code /..} if it lies outside of it
 * @param unified true for cgroup2
 * @param options options of the superblock: the controllers and the name among others
 */
public record CgroupMount(String mountPoint, String root, boolean unified, List<String> options) {

  /** What precedes the name of a version 1 hierarchy without controllers. */
  static final String NAME_PREFIX = "name=";

  /** Copies the list. */
  public CgroupMount {
    options = List.copyOf(options);
  }

  /**
   * Finds the cgroup mounts. Of several mounts on one mount point only the last is kept: it hides
   * the others.
   *
   * @param mountinfo contents of /proc/PID/mountinfo
   * @throws dev.torpor.proc.ProcException if a line has another shape
   */
  public static List<CgroupMount> parse(String mountinfo) {
    List<CgroupMount> mounts = new ArrayList<>();
    for (MountInfo mount : MountInfo.parse("mountinfo", KernelString.encode(mountinfo))) {
      mounts.removeIf(hidden -> hidden.mountPoint().equals(mount.mountPoint()));
      boolean unified = mount.type().equals("cgroup2");
      if (!mount.deleted() && (unified || mount.type().equals("cgroup"))) {
        List<String> options = Words.split(mount.superOptions(), ',');
        mounts.add(new CgroupMount(mount.mountPoint(), mount.root(), unified, options));
      }
    }
    return mounts;
  }

  /**
   * Whether this mount shows a hierarchy.
   *
   * @param hierarchy second field of /proc/PID/cgroup: empty for cgroup2
   */
  public boolean shows(String hierarchy) {
    if (hierarchy.isEmpty() || unified) {
      return hierarchy.isEmpty() && unified;
    }
    for (String name : Words.split(hierarchy, ',')) {
      if (!options.contains(name)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Path of a cgroup below the mount point ("" for the root of the mount), or null if not shown.
   */
  public String relativePath(String cgroup) {
    if (root.equals("/")) {
      return cgroup.equals("/") ? "" : cgroup;
    }
    if (cgroup.equals(root)) {
      return "";
    }
    return cgroup.startsWith(root + "/") ? cgroup.substring(root.length()) : null;
  }
}
