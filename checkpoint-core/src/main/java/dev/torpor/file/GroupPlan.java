// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.plan.Step;

/** Who opens a group of files, and when, before that is settled. */
public final class GroupPlan {
  private final FilesPlanner planner;
  private final Opening opening;

  GroupPlan(FilesPlanner planner, Opening opening) {
    this.planner = planner;
    this.opening = opening;
  }

  /** The images. */
  public ImageStore images() {
    return planner.images();
  }

  /**
   * A task without a descriptor of the group needs it.
   *
   * @return whether there is such a task
   */
  public boolean addUser(int pid) {
    RestoreTask task = planner.restoreTask(pid);
    if (task == null) {
      return false;
    }
    opening.addUser(task, opening.subject);
    return true;
  }

  /** The pid of the task at the top of the tree. */
  public int root() {
    return planner.root().pid();
  }

  /** The group is opened at this step, which is before children are born. */
  public void openAt(Step step) {
    opening.early = step;
  }
}
