// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fifo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Stat;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A pipe with a name, fifo(7). Flags and path are in the entry of a file beside its own. */
public final class Fifo implements FileRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.FIFO_DATA);
  }

  @Override
  public fd_types type() {
    return fd_types.FIFO;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.stat().is(Stat.S_IFIFO)
        && descriptor.link().startsWith("/")
        && (descriptor.flags() & Fcntl.O_PATH) == 0;
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int pathId = capture.addPath(descriptor);
    int pipeId = (int) descriptor.stat().ino();
    PipeData.capture(descriptor, pipeId, ImageType.FIFO_DATA, capture);
    fifo_entry.Builder fifo = fifo_entry.newBuilder().setId(id).setPipeId(pipeId).setRegfId(pathId);
    if ((descriptor.flags() & Fcntl.O_ACCMODE) == Fcntl.O_RDONLY
        && (Poll.poll(descriptor.borrowed(), Poll.POLLIN, 0) & Poll.POLLHUP) == 0) {
      fifo.setAwaitsWriter(true);
    }
    return file_entry.newBuilder().setType(fd_types.FIFO).setId(id).setFifo(fifo).build();
  }

  @Override
  public String describe(file_entry entry) {
    return "FIFO " + Integer.toUnsignedString(entry.getFifo().getPipeId());
  }

  /** In the entry of the path; {@link #planLate} sees to it. */
  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return SigioOwner.NOBODY;
  }

  @Override
  public int flags(file_entry entry) {
    return 0;
  }

  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry -> entry.getFifo().getPipeId();
  }

  /**
   * With both ends held open, no open(2) waits for the other end. But a reader that was opened when
   * there is a writer has seen one go, and shows POLLHUP for it. So those that did not are opened
   * after that, while a reader for the time being keeps what waits in the FIFO.
   */
  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry first = group.get(0);
    Op both = open(first, plan, "open both ends for the time being", Fcntl.O_RDWR);
    PipeData.plan(
        first, plan, call -> call.arg(both), ImageType.FIFO_DATA, first.getFifo().getPipeId());
    List<file_entry> awaiting = new ArrayList<>();
    for (file_entry entry : group) {
      if (plan.isUsed(entry) && entry.getFifo().getAwaitsWriter()) {
        awaiting.add(entry);
      } else if (plan.isUsed(entry)) {
        place(entry, plan, 0);
      }
    }
    if (awaiting.isEmpty()) {
      plan.close(first, both);
      return;
    }
    int reading = Fcntl.O_RDONLY | Fcntl.O_NONBLOCK;
    Op reader = open(first, plan, "open to read for the time being", reading);
    plan.close(first, both);
    for (file_entry entry : awaiting) {
      place(entry, plan, Fcntl.O_NONBLOCK);
    }
    plan.close(first, reader);
  }

  /** open(2) takes no O_DIRECT for a FIFO, the packet mode of pipe(7), but fcntl(2) does. */
  private static void place(file_entry entry, OpenPlan plan, int besides) {
    int wanted = flags(entry, plan);
    int flags = (wanted | besides) & ~Fcntl.O_DIRECT;
    int fd = plan.place(entry, open(entry, plan, "open", flags));
    if (flags != wanted) {
      plan.call(entry, "fcntl F_SETFL", Nr.SYS_fcntl).arg(fd).arg(Fcntl.F_SETFL).arg(wanted);
    }
  }

  private static int flags(file_entry entry, OpenPlan plan) {
    return path(entry, plan).getFlags() & ~(Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.FASYNC);
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    reg_file_entry file = plan.entry(entry.getFifo().getRegfId()).getReg();
    SigioOwnerPlan.plan(file.getFown(), file.getFlags(), plan);
  }

  private static Op open(file_entry entry, OpenPlan plan, String operation, int flags) {
    reg_file_entry file = path(entry, plan);
    return plan.openat(entry, operation + " " + file.getName(), file, flags);
  }

  private static reg_file_entry path(file_entry entry, OpenPlan plan) {
    return plan.entry(entry.getFifo().getRegfId()).getReg();
  }
}
