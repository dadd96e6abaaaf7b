// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A process with its children.
 *
 * @param task itself
 * @param children in the order of the images
 */
record TaskTree(Report.Task task, List<TaskTree> children) {
  /** Deeper ones are shown beside their parent: images may claim any depth. */
  private static final int MOST_DEPTH = 200;

  /** Those without a parent here. An image may claim a circle: who is in one is shown as a root. */
  static List<TaskTree> of(List<Report.Task> tasks) {
    Map<Long, TaskTree> seen = new HashMap<>();
    Map<Long, Integer> depths = new HashMap<>();
    List<TaskTree> roots = new ArrayList<>();
    // Parents stand first; one that comes later is no parent that a restore could make.
    for (Report.Task task : tasks) {
      TaskTree tree = new TaskTree(task, new ArrayList<>());
      TaskTree parent = seen.get(task.parent());
      int depth = parent == null ? 0 : depths.get(task.parent()) + 1;
      if (parent == null || depth > MOST_DEPTH) {
        roots.add(tree);
        depth = 0;
      } else {
        parent.children.add(tree);
      }
      seen.put(task.pid(), tree);
      depths.put(task.pid(), depth);
    }
    return roots;
  }
}
