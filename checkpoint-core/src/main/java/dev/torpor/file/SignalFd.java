// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.signalfd_entry;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;
import java.util.List;

/**
 * Signals that are read, signalfd(2). It holds none: whoever reads gets signals that wait for
 * itself, and those belong to its task.
 */
public final class SignalFd implements FileRoom {
  /** Makes signalfd4(2) give a new descriptor. */
  private static final int NEW = -1;

  @Override
  public fd_types type() {
    return fd_types.SIGNALFD;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[signalfd]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    return file_entry
        .newBuilder()
        .setType(fd_types.SIGNALFD)
        .setId(id)
        .setSgfd(
            signalfd_entry
                .newBuilder()
                .setId(id)
                .setFlags(descriptor.flags())
                .setFown(capture.owner(descriptor))
                // Told since Linux 3.8; bit n - 1 stands for signal n.
                .setSigmask(descriptor.fdinfo().number(descriptor.subject(), "sigmask", 16)))
        .build();
  }

  @Override
  public String describe(file_entry entry) {
    return "signalfd, mask " + Long.toHexString(entry.getSgfd().getSigmask());
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getSgfd().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getSgfd().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    int fd =
        plan.place(
            entry,
            plan.call(entry, "signalfd4", Nr.SYS_signalfd4)
                .arg(NEW)
                .arg(
                    plan.program()
                        .reserve(Signal.SIGSET_BYTES)
                        .putLong(0, entry.getSgfd().getSigmask()))
                .arg(Signal.SIGSET_BYTES)
                .arg(0));
    plan.setFlags(entry, fd, entry.getSgfd().getFlags());
  }
}
