// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.pipe_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One end of a pipe, pipe(7). Both ends have the same inode number, which is the pipe's id.
 *
 * <p>O_DIRECT of the end that writes makes each write a packet. CRIU dumps no such pipe, but
 * restores one in which nothing waits.
 */
public final class Pipe implements FileRoom {
  /** What the kernel gives a new pipe. */
  private static final int MODE = 0600;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.PIPES_DATA);
  }

  @Override
  public fd_types type() {
    return fd_types.PIPE;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.stat().is(Stat.S_IFIFO) && descriptor.link().startsWith("pipe:[");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int pipeId = (int) descriptor.stat().ino();
    PipeData.capture(descriptor, pipeId, ImageType.PIPES_DATA, capture);
    FileStat stat = descriptor.stat();
    pipe_entry.Builder pipe =
        pipe_entry
            .newBuilder()
            .setId(id)
            .setPipeId(pipeId)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor));
    if (stat.uid() != 0 || stat.gid() != 0) {
      // Not otherwise: crit of CRIU 4.2 knows neither, and would leave them out.
      pipe.setUid(stat.uid()).setGid(stat.gid());
    }
    int mode = stat.mode() & ~Stat.S_IFMT;
    if (mode != MODE) {
      pipe.setMode(mode);
    }
    return file_entry.newBuilder().setType(fd_types.PIPE).setId(id).setPipe(pipe).build();
  }

  @Override
  public String describe(file_entry entry) {
    return name(entry) + (isWriter(entry) ? ", to write" : ", to read");
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getPipe().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getPipe().getFlags();
  }

  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry -> entry.getPipe().getPipeId();
  }

  /** As CRIU calls it in --inherit-fd. The id is an inode number, cut to 32 bits. */
  private static String name(file_entry entry) {
    return "pipe:[" + Integer.toUnsignedString(entry.getPipe().getPipeId()) + "]";
  }

  private static boolean isWriter(file_entry entry) {
    return (entry.getPipe().getFlags() & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY;
  }

  /**
   * pipe2(2) gives one open file per end. Further ones, and those for both directions, come from
   * opening /dev/stdout and its like; the kernel marks them with O_LARGEFILE.
   */
  private static boolean isReopened(file_entry entry) {
    return (entry.getPipe().getFlags() & Fcntl.O_LARGEFILE) != 0;
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry first = group.get(0);
    int given = plan.given(name(first));
    if (given >= 0) {
      for (file_entry entry : group) {
        if (plan.isUsed(entry)) {
          finish(entry, plan, plan.place(entry, given));
        }
      }
      return;
    }
    // The kernel leaves two ints; the rest is room for what is read beyond the second.
    Data ends = plan.program().reserve(16);
    plan.call(first, "pipe2", Nr.SYS_pipe2).arg(ends).arg(0);
    PipeData.plan(
        first,
        plan,
        call -> call.argContent(ends.from(4)),
        ImageType.PIPES_DATA,
        first.getPipe().getPipeId());
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        finish(entry, plan, plan.place(entry, ends.from(isWriter(entry) ? 4 : 0)));
      }
    }
    planOwner(first, plan, ends);
    plan.call(first, "close", Nr.SYS_close).argContent(ends);
    plan.call(first, "close", Nr.SYS_close).argContent(ends.from(4));
  }

  /** Who may open /dev/stdout and its like when it is this pipe. After they were opened again. */
  private static void planOwner(file_entry entry, OpenPlan plan, Data ends) {
    pipe_entry pipe = entry.getPipe();
    if (pipe.getUid() != 0 || pipe.getGid() != 0) {
      plan.call(entry, "fchown", Nr.SYS_fchown)
          .argContent(ends)
          .arg(pipe.getUid())
          .arg(pipe.getGid());
    }
    if (pipe.hasMode()) {
      plan.call(entry, "fchmod", Nr.SYS_fchmod).argContent(ends).arg(pipe.getMode());
    }
  }

  private static void finish(file_entry entry, OpenPlan plan, int fd) {
    int flags = entry.getPipe().getFlags();
    if (isReopened(entry)) {
      // open(2) takes no O_DIRECT for a pipe.
      plan.reopen(entry, flags & ~Fcntl.O_DIRECT);
    }
    if (!isReopened(entry) || (flags & Fcntl.O_DIRECT) != 0) {
      plan.setFlags(entry, fd, flags);
    }
  }
}
