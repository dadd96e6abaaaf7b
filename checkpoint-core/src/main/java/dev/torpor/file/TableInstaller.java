// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Gives a descriptor table its final content. */
final class TableInstaller {
  /** What close_range(2) takes for "to the end". */
  private static final long LAST = 0xffffffffL;

  private final RestoreTask.Table table;
  private final List<ServiceFd> reserved;

  /** What stays open until all tasks are complete. */
  private final List<ServiceFd> held = new ArrayList<>();

  TableInstaller(RestoreTask.Table table, List<ServiceFd> reserved) {
    this.table = table;
    this.reserved = reserved;
  }

  void plan(Collection<Opening> openings) {
    Map<Integer, Integer> numbers = new HashMap<>();
    for (Opening opening : openings) {
      if (opening.mappingFlags == Opening.NOT_MAPPED) {
        opening.numbers.forEach((id, fd) -> numbers.put(id, fd.number()));
      }
      if (opening.opener.table == table) {
        for (int id : opening.kept) {
          held.add(opening.numbers.get(id));
        }
      }
    }
    ThreadPlan plan = table.owner.files.plan();
    plan.at(Step.INSTALL, program -> install(program, numbers));
    for (Opening opening : table.mapped) {
      held.addAll(opening.numbers.values());
    }
    if (!held.isEmpty()) {
      plan.at(Step.CLOSE, this::closeHeld);
    }
  }

  private void install(Program program, Map<Integer, Integer> numbers) {
    new DescriptorMoves(table, purpose()).plan(program, numbers);
    TreeSet<Integer> keep = new TreeSet<>();
    for (fdinfo_entry descriptor : table.descriptors) {
      keep.add(descriptor.getFd());
    }
    for (ServiceFd fd : reserved) {
      keep.add(fd.number());
    }
    for (ServiceFd fd : held) {
      keep.add(fd.number());
    }
    closeGaps(program, keep);
  }

  private void closeGaps(Program program, SortedSet<Integer> keep) {
    long next = 0;
    for (int fd : keep) {
      if (fd > next) {
        closeRange(program, next, fd - 1L);
      }
      next = fd + 1L;
    }
    closeRange(program, next, LAST);
  }

  private void closeHeld(Program program) {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (ServiceFd fd : held) {
      numbers.add(fd.number());
    }
    int first = -1;
    int last = -1;
    for (int fd : numbers) {
      if (first >= 0 && fd != last + 1) {
        closeRange(program, first, last);
        first = fd;
      }
      first = first < 0 ? fd : first;
      last = fd;
    }
    closeRange(program, first, last);
  }

  private void closeRange(Program program, long first, long last) {
    program
        .call(purpose() + ": close what is not its own", Nr.SYS_close_range)
        .arg(first)
        .arg(last)
        .arg(0);
  }

  private String purpose() {
    return "restoring descriptors of task " + table.owner.files.pid();
  }
}
