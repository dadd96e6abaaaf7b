// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes open files from where they wait to their final numbers. Where they wait can be the final
 * number of another file: one is moved when nobody needs any more what stands at its number.
 */
final class DescriptorMoves {
  private final RestoreTask.Table table;
  private final String purpose;
  private final String installing;

  /** What is not at its number yet, by that. */
  private final Map<Integer, fdinfo_entry> pending = new LinkedHashMap<>();

  /** Where files are now, by the numbers where they waited. */
  private final Map<Integer, Integer> places = new HashMap<>();

  /** How many are still to be taken from a number. */
  private final Map<Integer, Integer> takers = new HashMap<>();

  DescriptorMoves(RestoreTask.Table table, String purpose) {
    this.table = table;
    this.purpose = purpose;
    this.installing = purpose + ": install fd ";
  }

  /**
   * Appends the calls.
   *
   * @param numbers where each file waits, by its id
   */
  void plan(Program program, Map<Integer, Integer> numbers) {
    ArrayDeque<fdinfo_entry> ready = new ArrayDeque<>();
    for (fdinfo_entry descriptor : table.descriptors) {
      int from = numbers.get(descriptor.getId());
      takers.merge(from, 1, Integer::sum);
      pending.put(descriptor.getFd(), descriptor);
    }
    for (fdinfo_entry descriptor : table.descriptors) {
      int fd = descriptor.getFd();
      if (numbers.get(descriptor.getId()) == fd) {
        // Stays where it is until the others that are the same file are taken from there.
        keep(descriptor, program);
      } else if (!takers.containsKey(fd)) {
        ready.add(descriptor);
      }
    }
    while (!pending.isEmpty()) {
      fdinfo_entry next = ready.isEmpty() ? evade(program) : ready.remove();
      int from = numbers.get(next.getId());
      install(next, places.getOrDefault(from, from), program);
      if (takers.merge(from, -1, Integer::sum) == 0 && pending.containsKey(from)) {
        ready.add(pending.get(from));
      }
    }
  }

  private void keep(fdinfo_entry descriptor, Program program) {
    int fd = descriptor.getFd();
    program
        .call(installing, fd, Nr.SYS_fcntl)
        .arg(fd)
        .arg(Fcntl.F_SETFD)
        .arg(descriptor.getFlags() & Fcntl.FD_CLOEXEC);
    pending.remove(fd);
  }

  private void install(fdinfo_entry descriptor, int from, Program program) {
    int fd = descriptor.getFd();
    boolean closeOnExec = (descriptor.getFlags() & Fcntl.FD_CLOEXEC) != 0;
    program
        .call(installing, fd, Nr.SYS_dup3)
        .arg(from)
        .arg(fd)
        .arg(closeOnExec ? Fcntl.O_CLOEXEC : 0)
        .expect(fd);
    pending.remove(fd);
  }

  /** Each waits for another, in a circle: one of them goes to the spare number. */
  private fdinfo_entry evade(Program program) {
    fdinfo_entry first = pending.values().iterator().next();
    int spare = table.spare.number();
    program
        .call(purpose + ": make room at fd " + first.getFd(), Nr.SYS_dup3)
        .arg(first.getFd())
        .arg(spare)
        .arg(Fcntl.O_CLOEXEC)
        .expect(spare);
    places.put(first.getFd(), spare);
    return first;
  }
}
