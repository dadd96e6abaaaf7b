// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.inject.Injector;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Userfaultfd;
import dev.torpor.proc.Mapping;
import java.util.ArrayList;
import java.util.List;

/**
 * Has the kernel note which pages of a running task are written: asynchronous write protection
 * (UFFD_FEATURE_WP_ASYNC, since Linux 6.7) by a userfaultfd(2). The first write to a page takes its
 * protection away, without anybody being asked; {@link PagemapScan} tells which still have it.
 *
 * <p>Such a descriptor is of the task that makes it. So the task makes it and closes it again, in
 * one {@link dev.torpor.arch.CallChain}, and the only one that stays is here: when it is closed, as
 * it is when this process ends in whatever way, the kernel takes back all that it was for.
 */
final class WriteTracking implements AutoCloseable {
  /** The task cannot map memory meanwhile: about a millisecond. */
  private static final long AT_A_TIME_BYTES = 16L << 20;

  private static final String FLAG = " uw ";

  private final int fd;
  private final List<Mapping> tracked = new ArrayList<>();

  private WriteTracking(int fd) {
    this.fd = fd;
  }

  /**
   * Begins with a task, which is stopped for a moment; nothing is protected yet.
   *
   * @param mappings private anonymous ones; what cannot be tracked is left out
   * @throws UnsupportedException if no such descriptor can be had
   * @throws ErrnoException likewise: a kernel that does not know it
   */
  static WriteTracking begin(int pid, List<Mapping> mappings) {
    WriteTracking tracking = new WriteTracking(fetch(pid));
    boolean done = false;
    try {
      Userfaultfd.enable(tracking.fd, Userfaultfd.UFFD_FEATURE_WP_ASYNC);
      for (Mapping mapping : mappings) {
        tracking.add(mapping);
      }
      done = true;
      return tracking;
    } finally {
      if (!done) {
        tracking.close();
      }
    }
  }

  private static int fetch(int pid) {
    int[] fetched = {-1};
    int pidfd = Pidfd.pidfdOpen(pid, 0);
    try (Injector injector = Injector.attachBriefly(pid)) {
      // It is never asked about a fault, so it needs no right to hear of those in the kernel.
      long flags = Fcntl.O_CLOEXEC | Userfaultfd.UFFD_USER_MODE_ONLY;
      boolean lent =
          injector.lend(
              Nr.SYS_userfaultfd,
              flags,
              made -> fetched[0] = made < 0 ? made : Pidfd.pidfdGetfd(pidfd, made));
      if (!lent) {
        throw new UnsupportedException("task " + pid, "it cannot be asked for a userfaultfd");
      }
      if (fetched[0] < 0) {
        throw ErrnoException.of(fetched[0], "userfaultfd");
      }
      return fetched[0];
    } finally {
      Unistd.close(pidfd);
    }
  }

  /** What is registered already, or has been unmapped meanwhile, stays out. */
  private void add(Mapping mapping) {
    try {
      Userfaultfd.register(
          fd, mapping.start(), mapping.lengthBytes(), Userfaultfd.UFFDIO_REGISTER_MODE_WP);
      tracked.add(mapping);
    } catch (ErrnoException e) {
      // Copied when the task stands still.
    }
  }

  /** Ascending; by now others may be there. */
  List<Mapping> tracked() {
    return tracked;
  }

  /** Takes back what {@link #begin} did, a part after the other. */
  @Override
  public void close() {
    for (Mapping mapping : tracked) {
      for (long at = mapping.start();
          Long.compareUnsigned(at, mapping.end()) < 0;
          at += AT_A_TIME_BYTES) {
        try {
          Userfaultfd.unregister(fd, at, Math.min(AT_A_TIME_BYTES, mapping.end() - at));
        } catch (ErrnoException e) {
          // Unmapped, or all of the task is gone; if not, the last close sees to it.
        }
      }
    }
    tracked.clear();
    Unistd.close(fd);
  }

  /**
   * Mappings of a tracked task as they will be when it is not: without the mark, and where a new
   * mapping was kept apart from a tracked one by nothing else, with both in one.
   */
  static List<Mapping> withoutMarks(List<Mapping> mappings) {
    List<Mapping> all = new ArrayList<>(mappings.size());
    boolean wasMarked = false;
    for (Mapping mapping : mappings) {
      boolean isMarked = mapping.vmFlags().contains(FLAG);
      Mapping plain = isMarked ? withoutMark(mapping) : mapping;
      Mapping before = all.isEmpty() ? null : all.get(all.size() - 1);
      if (before != null && isMarked != wasMarked && isOne(before, plain)) {
        all.set(all.size() - 1, with(before, plain.end(), before.vmFlags()));
      } else {
        all.add(plain);
      }
      wasMarked = isMarked;
    }
    return all;
  }

  private static Mapping withoutMark(Mapping mapping) {
    return with(mapping, mapping.end(), mapping.vmFlags().replace(FLAG, " "));
  }

  private static Mapping with(Mapping mapping, long end, String vmFlags) {
    return new Mapping(
        mapping.start(),
        end,
        mapping.permissions(),
        mapping.offsetBytes(),
        mapping.device(),
        mapping.inode(),
        mapping.name(),
        vmFlags);
  }

  private static boolean isOne(Mapping before, Mapping next) {
    return before.end() == next.start()
        && !before.hasFile()
        && !next.hasFile()
        && before.permissions().equals(next.permissions())
        && before.name().equals(next.name())
        && before.vmFlags().equals(next.vmFlags());
  }
}
