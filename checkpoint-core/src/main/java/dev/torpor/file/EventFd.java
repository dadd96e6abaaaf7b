// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Pipe.EFD_SEMAPHORE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.eventfd_file_entry;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.linux.Nr;
import java.util.List;

/**
 * A counter, eventfd(2).
 *
 * <p>CRIU's format has no place for EFD_SEMAPHORE, and CRIU restores such a counter as a plain one.
 * Here the flag stands as bit 0 of the flags, which no eventfd has (it is open for reading and
 * writing, 2) and which CRIU, handing it to F_SETFL, has no use for.
 */
public final class EventFd implements FileRoom {
  /** linux/eventfd.h. */
  @Override
  public fd_types type() {
    return fd_types.EVENTFD;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[eventfd]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    String count = descriptor.fdinfo().value("eventfd-count");
    if (count == null) {
      throw new UnsupportedException(descriptor.subject(), "the kernel does not tell its counter");
    }
    // Told since Linux 6.5.
    boolean semaphore = "1".equals(descriptor.fdinfo().value("eventfd-semaphore"));
    return file_entry
        .newBuilder()
        .setType(fd_types.EVENTFD)
        .setId(id)
        .setEfd(
            eventfd_file_entry
                .newBuilder()
                .setId(id)
                .setFlags(descriptor.flags() | (semaphore ? EFD_SEMAPHORE : 0))
                .setFown(capture.owner(descriptor))
                .setCounter(Long.parseUnsignedLong(count, 16)))
        .build();
  }

  @Override
  public String describe(file_entry entry) {
    return "eventfd, counter " + Long.toUnsignedString(entry.getEfd().getCounter());
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getEfd().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getEfd().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    eventfd_file_entry eventfd = entry.getEfd();
    int fd =
        plan.place(
            entry,
            plan.call(entry, "eventfd2", Nr.SYS_eventfd2)
                .arg(0)
                .arg(eventfd.getFlags() & EFD_SEMAPHORE));
    if (eventfd.getCounter() != 0) {
      // eventfd2 takes but 32 bits of it.
      plan.call(entry, "write the counter", Nr.SYS_write)
          .arg(fd)
          .arg(plan.program().reserve(8).putLong(0, eventfd.getCounter()))
          .arg(8)
          .expect(8);
    }
    plan.setFlags(entry, fd, eventfd.getFlags());
  }
}
