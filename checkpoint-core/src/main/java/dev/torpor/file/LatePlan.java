// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Step;
import java.util.List;
import java.util.function.Predicate;

/** What remains to be done for a file when descriptors have their final numbers. */
public final class LatePlan {
  /** A task that has the file, as one of its descriptors. */
  public record User(TaskFiles task, fdinfo_entry descriptor, List<fdinfo_entry> table) {
    /** The id of the file that the task has at {@code fd}, or 0. */
    public int fileAt(int fd) {
      for (fdinfo_entry entry : table) {
        if (entry.getFd() == fd) {
          return entry.getId();
        }
      }
      return 0;
    }

    /** As a message names it: {@code fd 7 of task 42}. */
    @Override
    public String toString() {
      return "fd " + descriptor.getFd() + " of task " + task.pid();
    }
  }

  private final FilesPlanner planner;
  private final file_entry entry;

  LatePlan(FilesPlanner planner, file_entry entry) {
    this.planner = planner;
    this.entry = entry;
  }

  /** All tasks that have the file, parents first; else who has it open for a message. */
  public List<User> users() {
    return planner.usersOrKeeper(entry.getId());
  }

  /** An entry of files.img that this one refers to. */
  public file_entry entry(int id) {
    return planner.entry(id);
  }

  /** Adds calls to a user's program. */
  public void at(User user, Contribution contribution) {
    at(user, Step.LATE_FILES, contribution);
  }

  /** Adds calls to a user's program at a step from {@link Step#LATE_FILES} on. */
  public void at(User user, Step step, Contribution contribution) {
    user.task().plan().at(step, contribution);
  }

  /** The images. */
  ImageStore images() {
    return planner.images();
  }

  /** What the rooms know of this restore as a whole. */
  Facts facts() {
    return planner.facts();
  }

  /** The task at the top of the tree. */
  TaskFiles root() {
    return planner.root();
  }

  /** Whether any task has the file. */
  boolean hasUser(int id) {
    return !planner.users(id).isEmpty();
  }

  /** A task by its pid, or null. */
  TaskFiles task(int pid) {
    return planner.task(pid);
  }

  /** A descriptor that a task has of such a file, or null. */
  User find(int pid, Predicate<file_entry> file) {
    return planner.find(pid, file);
  }

  /** What a user reads if a call for this file fails. */
  public String purpose(User user) {
    return "restoring " + user + " (" + planner.room(entry).describe(entry) + ")";
  }
}
