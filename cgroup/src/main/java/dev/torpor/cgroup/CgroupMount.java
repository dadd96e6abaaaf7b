// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

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
   * @throws CgroupException if a line has another shape
   */
  public static List<CgroupMount> parse(String mountinfo) throws CgroupException {
    List<CgroupMount> mounts = new ArrayList<>();
    int start = 0;
    while (start < mountinfo.length()) {
      int end = mountinfo.indexOf('\n', start);
      if (end < 0) {
        end = mountinfo.length();
      }
      addLine(mounts, mountinfo.substring(start, end));
      start = end + 1;
    }
    return mounts;
  }

  private static void addLine(List<CgroupMount> mounts, String line) throws CgroupException {
    List<String> fields = Text.split(line, ' ');
    int dash = fields.indexOf("-");
    if (dash < 6 || fields.size() < dash + 4) {
      throw new CgroupException("parse mountinfo: fields missing: '" + line + "'");
    }
    String mountPoint = Text.unescapeOctal(fields.get(4));
    for (int i = mounts.size() - 1; i >= 0; i--) {
      if (mounts.get(i).mountPoint().equals(mountPoint)) {
        mounts.remove(i);
      }
    }
    String type = fields.get(dash + 1);
    boolean unified = type.equals("cgroup2");
    if (unified || type.equals("cgroup")) {
      String root = Text.unescapeOctal(fields.get(3));
      mounts.add(new CgroupMount(mountPoint, root, unified, Text.split(fields.get(dash + 3), ',')));
    }
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
    for (String name : Text.split(hierarchy, ',')) {
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
