// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fdinfo_entry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * At which numbers open files wait until all tasks have taken them: above all that any task had,
 * or, if RLIMIT_NOFILE does not permit that, at their own numbers and at those that are free. A
 * number below {@link #lowest} is never one of them, as what is just being opened gets the lowest
 * free.
 */
final class DescriptorNumbers {
  /** More than any room has open at a time on the way to a file. */
  private static final int FREE_NUMBERS = 32;

  /** What any task has in the end, and what the root task was given. */
  private final BitSet used = new BitSet();

  private final List<ServiceFd> reserved = new ArrayList<>();
  private final BitSet reservedNumbers = new BitSet();
  private final int lowest;
  private final int base;
  private final int limit;
  private int temporary;
  private int firstTemporary;

  DescriptorNumbers(Collection<RestoreTask.Table> tables, FileRestoreOptions options) {
    for (RestoreTask.Table table : tables) {
      for (fdinfo_entry descriptor : table.descriptors) {
        used.set(descriptor.getFd());
      }
    }
    for (int given : options.inherited().values()) {
      used.set(given);
    }
    this.limit = options.descriptorLimit();
    this.lowest = options.inherited().size() + FREE_NUMBERS + 1;
    this.base = Math.max(used.length(), lowest);
  }

  /** Keeps a number in all tasks. */
  ServiceFd reserve() {
    int number = reservedNumbers.nextClearBit(base);
    if (number >= limit) {
      BitSet taken = (BitSet) used.clone();
      taken.or(reservedNumbers);
      number = free(taken);
    }
    reservedNumbers.set(number);
    ServiceFd fd = new ServiceFd();
    fd.place(number);
    reserved.add(fd);
    return fd;
  }

  List<ServiceFd> reserved() {
    return reserved;
  }

  /** Keeps as many numbers, side by side, for what is open for a moment only. */
  void needTemporary(int count) {
    temporary = Math.max(temporary, count);
  }

  /** The first of these, after {@link #allot}. */
  int firstTemporary() {
    return firstTemporary;
  }

  /** Gives all openings their numbers. Tables of parents come before those of their children. */
  void allot(Collection<RestoreTask.Table> tables, Collection<Opening> openings) {
    if (!allotAbove(tables, openings)) {
      allotBetween(tables, openings);
    }
  }

  private boolean allotAbove(Collection<RestoreTask.Table> tables, Collection<Opening> openings) {
    int first = Math.max(base, reservedNumbers.length());
    int highest = first;
    Map<RestoreTask.Table, Integer> next = new HashMap<>();
    for (boolean early : new boolean[] {true, false}) {
      for (RestoreTask.Table table : tables) {
        RestoreTask parent = table.owner.parent;
        int number = early ? (parent == null ? first : next.get(parent.table)) : next.get(table);
        for (Opening opening : openings) {
          if (opening.opener.table == table && opening.isEarly() == early) {
            for (ServiceFd fd : opening.numbers.values()) {
              fd.place(number++);
            }
          }
        }
        next.put(table, number);
        highest = Math.max(highest, number);
      }
    }
    firstTemporary = highest;
    return highest + temporary <= limit;
  }

  private void allotBetween(Collection<RestoreTask.Table> tables, Collection<Opening> openings) {
    Map<RestoreTask.Table, BitSet> taken = new HashMap<>();
    for (boolean early : new boolean[] {true, false}) {
      for (RestoreTask.Table table : tables) {
        RestoreTask parent = table.owner.parent;
        BitSet numbers = taken.get(table);
        if (early) {
          numbers = (BitSet) (parent == null ? reservedNumbers : taken.get(parent.table)).clone();
          taken.put(table, numbers);
        }
        allotBetween(table, early, openings, numbers);
        if (!early) {
          table.spare = new ServiceFd();
          table.spare.place(freeBeside(numbers));
        }
      }
    }
    firstTemporary = freeRun(taken.values());
  }

  private int freeRun(Collection<BitSet> taken) {
    BitSet occupied = (BitSet) used.clone();
    for (BitSet numbers : taken) {
      occupied.or(numbers);
    }
    int first = free(occupied);
    int next;
    while ((next = occupied.nextSetBit(first)) >= 0 && next < first + temporary) {
      first = occupied.nextClearBit(next);
    }
    if (first + temporary > limit) {
      throw refused(first + temporary - 1);
    }
    return first;
  }

  /**
   * What stays open beside the final descriptors comes first: it needs numbers none of them has.
   */
  private void allotBetween(
      RestoreTask.Table table, boolean early, Collection<Opening> openings, BitSet taken) {
    Map<Integer, Integer> own = new HashMap<>();
    for (fdinfo_entry descriptor : table.descriptors) {
      own.putIfAbsent(descriptor.getId(), descriptor.getFd());
    }
    for (boolean staying : new boolean[] {true, false}) {
      for (Opening opening : openings) {
        if (opening.opener.table == table && opening.isEarly() == early) {
          boolean mapped = opening.mappingFlags != Opening.NOT_MAPPED;
          for (Map.Entry<Integer, ServiceFd> number : opening.numbers.entrySet()) {
            boolean stays = mapped || opening.kept.contains(number.getKey());
            if (stays == staying) {
              int at = stays ? freeBeside(taken) : ownOrFree(own.get(number.getKey()), taken);
              number.getValue().place(at);
              taken.set(at);
            }
          }
        }
      }
    }
  }

  private int ownOrFree(Integer own, BitSet taken) {
    if (own != null && own >= lowest && own < limit && !taken.get(own)) {
      return own;
    }
    BitSet occupied = (BitSet) used.clone();
    occupied.or(taken);
    int free = occupied.nextClearBit(lowest);
    return free < limit ? free : free(taken);
  }

  private int freeBeside(BitSet taken) {
    BitSet occupied = (BitSet) used.clone();
    occupied.or(taken);
    return free(occupied);
  }

  private int free(BitSet taken) {
    int free = taken.nextClearBit(lowest);
    if (free >= limit || used.length() > limit) {
      throw refused(Math.max(used.length() - 1, free));
    }
    return free;
  }

  private UnsupportedException refused(int highest) {
    return new UnsupportedException(
        "the tree",
        "restoring its files takes descriptor numbers up to "
            + highest
            + ", but RLIMIT_NOFILE is "
            + limit
            + "; raise it (ulimit -n)");
  }
}
