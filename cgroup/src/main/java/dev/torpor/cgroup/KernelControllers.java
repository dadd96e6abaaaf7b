// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.ArrayList;
import java.util.List;

/** The text of /proc/cgroups (cgroups(7)): the controllers compiled into the kernel. */
public record KernelControllers(List<Controller> controllers) {

  /** Copies the list. */
  public KernelControllers {
    controllers = List.copyOf(controllers);
  }

  /**
   * One controller.
   *
   * @param name as in mount options of version 1
   * @param hierarchyId version 1 hierarchy it is attached to; 0 if it is in none, or in cgroup2
   * @param cgroupCount cgroups in that hierarchy
   * @param enabled false if switched off by cgroup_disable= on the kernel command line
   */
  public record Controller(String name, int hierarchyId, int cgroupCount, boolean enabled) {}

  /**
   * Parses the file.
   *
   * @param text contents of /proc/cgroups
   * @throws CgroupException if a line has another shape
   */
  public static KernelControllers parse(String text) throws CgroupException {
    List<Controller> controllers = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      if (end < 0) {
        end = text.length();
      }
      if (text.charAt(start) != '#') {
        controllers.add(parseLine(text.substring(start, end)));
      }
      start = end + 1;
    }
    return new KernelControllers(controllers);
  }

  private static Controller parseLine(String line) throws CgroupException {
    List<String> fields = Text.split(line, '\t');
    try {
      if (fields.size() == 4) {
        return new Controller(
            fields.get(0),
            Integer.parseInt(fields.get(1)),
            Integer.parseInt(fields.get(2)),
            Integer.parseInt(fields.get(3)) != 0);
      }
    } catch (NumberFormatException e) {
      throw new CgroupException("parse /proc/cgroups: number expected: '" + line + "'");
    }
    throw new CgroupException("parse /proc/cgroups: four fields expected: '" + line + "'");
  }
}
