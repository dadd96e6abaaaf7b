// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.Unistd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A fact: the order that kcmp(2) gave the open files of the rehearsal, for the capture. That it
 * still is so takes one comparison for each, of it with the next, where to find it takes a
 * logarithmic count.
 */
public final class RehearsedOrder {
  private final Map<OpenFiles.Key, List<OpenFiles.Known>> rehearsed = new HashMap<>();

  /** None yet. */
  public RehearsedOrder() {}

  /** What the rehearsal knows, and learns yet, of the files with a key. */
  void note(OpenFiles.Key key, List<OpenFiles.Known> ordered) {
    rehearsed.put(key, ordered);
  }

  /**
   * The places, in one order, of descriptors of a tree that stands still: {@link #slot} by place.
   * As far as the order is as it was; what was closed or opened since ends it.
   */
  Map<Long, Integer> places(OpenFiles.Key key) {
    Map<Long, Integer> places = new HashMap<>();
    OpenFiles.Known last = null;
    for (OpenFiles.Known next : rehearsed.getOrDefault(key, List.of())) {
      // What the rehearsal received itself it has closed since.
      if (next.pid() == Unistd.getpid() || (last != null && !isBefore(last, next))) {
        break;
      }
      places.put(slot(next.pid(), next.fd()), places.size());
      last = next;
    }
    return places;
  }

  private static boolean isBefore(OpenFiles.Known one, OpenFiles.Known other) {
    try {
      return Kcmp.file(one.pid(), one.fd(), other.pid(), other.fd()) < 0;
    } catch (ErrnoException e) {
      return false;
    }
  }

  /** A descriptor of a task as one number. */
  static long slot(int pid, int fd) {
    return (long) pid << Integer.SIZE | fd;
  }
}
