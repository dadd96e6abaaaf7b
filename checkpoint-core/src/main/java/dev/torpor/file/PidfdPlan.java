// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.Stage;
import dev.torpor.inject.Word;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans the return of a pidfd when all tasks and threads exist: the first that has it opens it, the
 * others take the same open file from there.
 */
final class PidfdPlan {
  /** A fact: how many are opened for others, and that all of them are. */
  private static final class Shared {
    private final Word opened;
    private int count;

    Shared(Stage stage) {
      opened = stage.word("descriptors of tasks are open");
    }
  }

  private final file_entry entry;
  private final LatePlan plan;
  private final List<List<LatePlan.User>> tasks = new ArrayList<>();

  PidfdPlan(file_entry entry, LatePlan plan) {
    this.entry = entry;
    this.plan = plan;
    for (LatePlan.User user : plan.users()) {
      List<LatePlan.User> last = tasks.isEmpty() ? null : tasks.get(tasks.size() - 1);
      if (last == null || last.get(0).task().pid() != user.task().pid()) {
        last = new ArrayList<>();
        tasks.add(last);
      }
      last.add(user);
    }
  }

  void plan(int flags) {
    LatePlan.User opener = tasks.get(0).get(0);
    Shared shared = tasks.size() > 1 ? shared() : null;
    plan.at(opener, Step.PIDFDS, program -> open(program, opener, flags, shared));
    for (List<LatePlan.User> users : tasks.subList(1, tasks.size())) {
      plan.at(users.get(0), Step.SHARED_PIDFDS, program -> take(program, users, opener, shared));
    }
  }

  private Shared shared() {
    Shared shared = plan.facts().of(Shared.class, () -> new Shared(plan.facts().get(Stage.class)));
    shared.count++;
    return shared;
  }

  private void open(Program program, LatePlan.User opener, int flags, Shared shared) {
    Op opened =
        program
            .call(plan.purpose(opener) + ": pidfd_open", Nr.SYS_pidfd_open)
            .arg(entry.getPidfd().getNspid())
            .arg(flags);
    install(program, tasks.get(0), opened);
    if (shared != null) {
      program.arrive(shared.opened);
    }
  }

  private void take(
      Program program, List<LatePlan.User> users, LatePlan.User opener, Shared shared) {
    String purpose = plan.purpose(users.get(0));
    program.waitFor("waiting for descriptors of tasks", shared.opened, shared.count);
    Op owner =
        program.call(purpose + ": pidfd_open", Nr.SYS_pidfd_open).arg(opener.task().pid()).arg(0);
    Op taken =
        program
            .call(purpose + ": pidfd_getfd", Nr.SYS_pidfd_getfd)
            .arg(owner)
            .arg(opener.descriptor().getFd())
            .arg(0);
    install(program, users, taken);
    program.call(purpose + ": close", Nr.SYS_close).arg(owner);
  }

  /** In all places of a task. */
  private void install(Program program, List<LatePlan.User> users, Op opened) {
    for (LatePlan.User user : users) {
      program
          .call(plan.purpose(user) + ": dup3", Nr.SYS_dup3)
          .arg(opened)
          .arg(user.descriptor().getFd())
          .arg((user.descriptor().getFlags() & Fcntl.FD_CLOEXEC) != 0 ? Fcntl.O_CLOEXEC : 0)
          .expect(user.descriptor().getFd());
    }
    program.call(plan.purpose(users.get(0)) + ": close", Nr.SYS_close).arg(opened);
  }
}
