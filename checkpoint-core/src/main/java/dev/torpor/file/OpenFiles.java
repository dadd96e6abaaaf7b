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
 * logarithmic count of others.
 */
final class OpenFiles {
  private record Key(long dev, long ino, int flags) {
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

  /** One descriptor of each open file seen so far. */
  record Known(int pid, int fd, int id) {}

  private final Map<Key, List<Known>> known = new HashMap<>();

  /**
   * The open file a descriptor refers to.
   *
   * @param newId the id that it gets if it was not seen before
   */
  Known find(Descriptor descriptor, int newId) {
    FileStat stat = descriptor.stat();
    List<Known> ordered =
        known.computeIfAbsent(
            new Key(stat.dev(), stat.ino(), descriptor.flags()), key -> new ArrayList<>(1));
    int low = 0;
    int high = ordered.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Known other = ordered.get(middle);
      int order;
      try {
        order = Kcmp.file(descriptor.holder(), descriptor.heldAs(), other.pid, other.fd);
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
    Known first = new Known(descriptor.holder(), descriptor.heldAs(), newId);
    ordered.add(low, first);
    return first;
  }
}
