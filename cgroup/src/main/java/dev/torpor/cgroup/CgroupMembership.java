// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of /proc/PID/cgroup (cgroups(7)): the cgroup of a task in every hierarchy, in the order
 * of the kernel. Paths are relative to the cgroup namespace of the reader.
 */
public record CgroupMembership(List<Entry> entries) {

  /** Copies the list. */
  public CgroupMembership {
    entries = List.copyOf(entries);
  }

  /**
   * One line.
   *
   * @param hierarchyId number of the hierarchy, 0 for cgroup2
   * @param hierarchy the second field: controllers separated by commas, {@code name=X} for a named
   *     hierarchy, empty for cgroup2
   * @param path path of the cgroup below the root of the hierarchy, begins with a slash
   */
  public record Entry(int hierarchyId, String hierarchy, String path) {

    /** True for a version 1 hierarchy without controllers, like that of systemd. */
    public boolean isNamed() {
      return hierarchy.startsWith(CgroupMount.NAME_PREFIX);
    }
  }

  /**
   * Parses the file.
   *
   * @param text contents of /proc/PID/cgroup or /proc/PID/task/TID/cgroup
   * @throws CgroupException if a line has another shape
   */
  public static CgroupMembership parse(String text) throws CgroupException {
    List<Entry> entries = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      entries.add(parseLine(text.substring(start, end)));
      start = end + 1;
    }
    return new CgroupMembership(entries);
  }

  private static Entry parseLine(String line) throws CgroupException {
    int first = line.indexOf(':');
    int second = line.indexOf(':', first + 1);
    if (first <= 0 || second < 0 || second + 1 >= line.length() || line.charAt(second + 1) != '/') {
      throw new CgroupException("parse /proc/PID/cgroup: not ID:CONTROLLERS:/PATH: '" + line + "'");
    }
    int id;
    try {
      id = Integer.parseInt(line, 0, first, 10);
    } catch (NumberFormatException e) {
      throw new CgroupException(
          "parse /proc/PID/cgroup: hierarchy number expected: '" + line + "'");
    }
    return new Entry(id, line.substring(first + 1, second), line.substring(second + 1));
  }

  /** The path in one hierarchy, or null if the task is in none of that name. */
  public String path(String hierarchy) {
    for (Entry entry : entries) {
      if (entry.hierarchy().equals(hierarchy)) {
        return entry.path();
      }
    }
    return null;
  }
}
