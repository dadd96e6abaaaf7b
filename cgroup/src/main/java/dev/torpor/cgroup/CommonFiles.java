// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.Words;
import java.util.List;
import java.util.function.Consumer;

/** The files that every cgroup has whatever its controllers, and the freezer's. */
final class CommonFiles implements Controller {
  static final String TASKS = "tasks";
  static final String PROCS = "cgroup.procs";
  static final String THREADS = "cgroup.threads";
  static final String TYPE = "cgroup.type";
  private static final String THREADED = "threaded";
  static final String SUBTREE_CONTROL = "cgroup.subtree_control";

  /** Saved for version 1. */
  static final List<String> V1 =
      List.of("cgroup.clone_children", "notify_on_release", PROCS, TASKS);

  /** Saved for version 2. */
  static final List<String> V2 =
      List.of(
          SUBTREE_CONTROL, "cgroup.max.descendants", "cgroup.max.depth", FreezerV2.FREEZE, TYPE);

  @Override
  public String name() {
    return "cgroup";
  }

  @Override
  public List<String> properties() {
    return List.of();
  }

  /** Files of which only owner and mode are kept: their contents are the tasks themselves. */
  static boolean hasNoValue(String property) {
    return property.equals(PROCS) || property.equals(TASKS);
  }

  static boolean isThreaded(String property, String value) {
    return property.equals(TASKS) || (property.equals(TYPE) && value.equals(THREADED));
  }

  @Override
  public RestoreMoment moment(String property) {
    return switch (property) {
      case TYPE -> RestoreMoment.ON_CREATION;
      case FreezerV2.FREEZE, FreezerV1.STATE -> RestoreMoment.BEFORE_RESUME;
      default -> RestoreMoment.AFTER_TASKS;
    };
  }

  @Override
  public void restore(
      CgroupDirectory directory, String property, String value, Consumer<String> warnings)
      throws CgroupException {
    if (hasNoValue(property)) {
      return;
    }
    if (property.equals(SUBTREE_CONTROL)) {
      restoreSubtreeControl(directory, value);
    } else if (!property.equals(TYPE) || value.equals(THREADED)) {
      Controller.super.restore(directory, property, value, warnings);
    }
  }

  private static void restoreSubtreeControl(CgroupDirectory directory, String value)
      throws CgroupException {
    List<String> wanted = Words.split(value, ' ');
    List<String> current = Words.split(directory.read(SUBTREE_CONTROL).strip(), ' ');
    StringBuilder changes = new StringBuilder();
    for (String name : current) {
      if (!name.isEmpty() && !wanted.contains(name)) {
        changes.append('-').append(name).append(' ');
      }
    }
    for (String name : wanted) {
      if (!name.isEmpty() && !current.contains(name)) {
        changes.append('+').append(name).append(' ');
      }
    }
    if (changes.length() > 0) {
      directory.write(SUBTREE_CONTROL, changes.substring(0, changes.length() - 1));
    }
  }
}
