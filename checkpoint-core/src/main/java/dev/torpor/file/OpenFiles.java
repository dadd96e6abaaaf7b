// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out which descriptors refer to the same open file description. Inode and flags, which are
 * at hand, part most of them; kcmp(2) orders the rest, so a descriptor is compared with a
 * logarithmic count of others, or with none where the rehearsal has ordered them.
 */
final class OpenFiles {
  private static final int NO_PLACE = -1;

  record Key(long dev, long ino, int flags) {
    // Written out: those of a record are made at their first use, in the middle of a dump.
    @Override
    public int hashCode() {
      return Long.hashCode(dev) + 31 * (Long.hashCode(ino) + 31 * flags);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && key.dev == dev && key.ino == ino && key.flags == flags;
    }
  }

  /** One descriptor of each open file seen so far, and its place among those of the rehearsal. */
  record Known(int pid, int fd, int id, int place) {}

  /** The open files that have a key in common. */
  private record Alike(List<Known> ordered, Map<Long, Integer> places) {}

  private final Map<Key, Alike> known = new HashMap<>();
  private final RehearsedOrder order;
  private final boolean rehearses;

  /**
   * Knows none yet.
   *
   * @param order what a rehearsal finds, and a capture can rely on
   * @param rehearses whether this is one: its tree runs
   */
  OpenFiles(RehearsedOrder order, boolean rehearses) {
    this.order = order;
    this.rehearses = rehearses;
  }

  /**
   * The open file a descriptor refers to.
   *
   * @param newId the id that it gets if it was not seen before
   */
  Known find(Descriptor descriptor, int newId) {
    FileStat stat = descriptor.stat();
    Alike alike = alike(new Key(stat.dev(), stat.ino(), descriptor.flags()));
    long slot = RehearsedOrder.slot(descriptor.holder(), descriptor.heldAs());
    Known first =
        new Known(
            descriptor.holder(),
            descriptor.heldAs(),
            newId,
            alike.places.getOrDefault(slot, NO_PLACE));
    return find(first, alike.ordered);
  }

  private Alike alike(Key key) {
    Alike alike = known.get(key);
    if (alike == null) {
      alike = new Alike(new ArrayList<>(1), rehearses ? Map.of() : order.places(key));
      known.put(key, alike);
      if (rehearses) {
        order.note(key, alike.ordered);
      }
    }
    return alike;
  }

  private static Known find(Known wanted, List<Known> ordered) {
    int low = 0;
    int high = ordered.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Known other = ordered.get(middle);
      int order;
      try {
        order = compare(wanted, other);
      } catch (ErrnoException e) {
        if (!e.is(Errno.EBADF) && !e.is(Errno.ESRCH)) {
          throw e;
        }
        // A running tree: the other has been closed since. Begin again without it.
        ordered.remove(middle);
        low = 0;
        high = ordered.size();
        continue;
      }
      if (order == Kcmp.EQUAL) {
        return other;
      }
      if (order < 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    ordered.add(low, wanted);
    return wanted;
  }

  private static int compare(Known one, Known other) {
    return one.place >= 0 && other.place >= 0
        ? Integer.compare(one.place, other.place)
        : Kcmp.file(one.pid, one.fd, other.pid, other.fd);
  }
}
