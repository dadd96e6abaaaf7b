// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.arch.Gadgets;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.RemoteCaller;
import dev.torpor.inject.Scratch;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Siginfo;
import dev.torpor.linux.Wait;
import dev.torpor.task.Task;
import dev.torpor.task.ThreadState;
import java.util.ArrayList;
import java.util.List;

/**
 * Children that were continued (SIGCONT) and whose parent has not been told so by wait(2) yet. Only
 * the parent can ask, without taking the report: first whether there is any, which is rare.
 */
final class ContinuedChildren {
  private final Data any;

  /** Asks for one. */
  ContinuedChildren(Program questions) {
    any = ask(questions, Wait.P_ALL, 0);
  }

  private static Data ask(Program questions, int type, int id) {
    Data report = questions.reserve(Siginfo.SI_MAX_SIZE);
    // Who has no children is told so.
    questions
        .call("looking for children that go on", Nr.SYS_waitid)
        .arg(type)
        .arg(id)
        .arg(report)
        .arg(Wait.WCONTINUED | Wait.WNOHANG | Wait.WNOWAIT | Wait.__WALL)
        .arg(0)
        .expectAnything();
    return report;
  }

  /**
   * All of them, as the parent numbers them.
   *
   * @param answers to the first question
   * @param parent which has answered, and stands where it stood
   */
  List<Integer> find(
      Answers answers, Task task, ThreadState parent, Gadgets.Found gadgets, Scratch scratch) {
    List<Integer> found = new ArrayList<>();
    if (answers.getInt(any, Siginfo.si_pid) == 0) {
      return found;
    }
    Program questions = new Program(parent.subject());
    List<Data> reports = new ArrayList<>();
    for (Task child : task.children()) {
      reports.add(ask(questions, Wait.P_PID, child.imagePid()));
    }
    try (RemoteCaller caller = new RemoteCaller(parent.tid(), gadgets, scratch, parent.status())) {
      Answers each = caller.run(questions);
      for (Data report : reports) {
        if (each.getInt(report, Siginfo.si_pid) != 0) {
          found.add(each.getInt(report, Siginfo.si_pid));
        }
      }
    }
    return found;
  }
}
