// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.inject.Program;
import dev.torpor.task.TaskEnd;
import java.util.ArrayList;
import java.util.List;

/** A fact: tasks that are only made to end, since somebody has a pidfd of one that has ended. */
public final class EndedTasks {
  private final List<Program> programs = new ArrayList<>();

  /** None yet. */
  public EndedTasks() {}

  /** One that ends with a status of wait(2), of any number. */
  Program make(int status) {
    Program program = new Program("a task that had ended");
    programs.add(program);
    TaskEnd.plan(program, "a task that had ended", status);
    return program;
  }

  /** What they do; complete when all plans are assembled. */
  public List<Program> programs() {
    return programs;
  }
}
