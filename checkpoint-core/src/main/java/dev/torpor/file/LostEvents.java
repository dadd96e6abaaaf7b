// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Epoll.IN_ACCESS;
import static dev.torpor.linux.Epoll.IN_MODIFY;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Epoll.InotifyEvent;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.Nr;

/**
 * Puts the one event into an inotify instance that says that others were lost, IN_Q_OVERFLOW, upon
 * which programs look at their files anew. The kernel makes it when the queue is full. So the queue
 * is filled with events of a file that nobody else has, and all but the last are read.
 */
final class LostEvents {
  /** Filling takes a microsecond per event, and kernel memory. */
  private static final int MOST_EVENTS = 1 << 20;

  private static final int READ_BYTES = 4096 * InotifyEvent.SIZEOF;

  private final file_entry entry;
  private final Op inotify;
  private final OpenPlan plan;
  private final Program program;

  private LostEvents(file_entry entry, Op inotify, OpenPlan plan) {
    this.entry = entry;
    this.inotify = inotify;
    this.plan = plan;
    this.program = plan.program();
  }

  /**
   * Appends the calls for an instance that has no watch yet, and is not in its place.
   *
   * @throws UnsupportedException if the machine lets more events wait than there is time to make
   */
  static void plan(file_entry entry, Op inotify, OpenPlan plan) {
    int most = plan.machine().maxQueuedEvents();
    if (most < 1 || most > MOST_EVENTS) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "events wait in it, and fs.inotify.max_queued_events is "
              + most
              + "; set it to between 1 and "
              + MOST_EVENTS);
    }
    new LostEvents(entry, inotify, plan).overflow(most);
  }

  private void overflow(int most) {
    Op memfd = call("memfd_create", Nr.SYS_memfd_create).arg(program.string("events"));
    memfd.arg(Memfd.MFD_CLOEXEC);
    int number = plan.place(entry, memfd);
    Data path = program.string("/proc/self/fd/" + number);
    // Since Linux 6.14 watches are not told of what happens through the descriptor of memfd_create.
    Op file = call("open the memfd", Nr.SYS_openat).arg(Fcntl.AT_FDCWD).arg(path);
    file.arg(Fcntl.O_RDWR | Fcntl.O_CLOEXEC).arg(0);
    Op watch = call("inotify_add_watch", Nr.SYS_inotify_add_watch).arg(inotify).arg(path);
    watch.arg(IN_ACCESS | IN_MODIFY);
    Data waiting = program.reserve(Long.BYTES);
    Op first = writeAndRead(file);
    call("ioctl FIONREAD", Nr.SYS_ioctl).arg(inotify).arg(Ioctl.FIONREAD).arg(waiting);
    program.repeat(
        plan.purpose(entry) + ": fill the queue",
        first,
        waiting,
        (most & ~1L) * InotifyEvent.SIZEOF);
    writeAndRead(file);
    // The event that this makes (IN_IGNORED) is lost as well.
    call("inotify_rm_watch", Nr.SYS_inotify_rm_watch).arg(inotify).arg(watch);
    plan.close(entry, file);
    drain((long) most * InotifyEvent.SIZEOF);
  }

  private Op writeAndRead(Op file) {
    Data octet = program.reserve(1);
    Op first = call("pwrite", Nr.SYS_pwrite64).arg(file).arg(octet).arg(1).arg(0).expect(1);
    call("pread", Nr.SYS_pread64).arg(file).arg(octet).arg(1).arg(0).expect(1);
    return first;
  }

  private void drain(long bytes) {
    Data events = program.reserve((int) Math.min(bytes, READ_BYTES));
    for (long left = bytes; left > 0; left -= READ_BYTES) {
      long count = Math.min(left, READ_BYTES);
      call("read what the queue was filled with", Nr.SYS_read)
          .arg(inotify)
          .arg(events)
          .arg(count)
          .expect(count);
    }
  }

  private Op call(String operation, int nr) {
    return plan.call(entry, operation, nr);
  }
}
