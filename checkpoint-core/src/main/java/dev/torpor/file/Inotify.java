// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.inotify_file_entry;
import dev.torpor.image.proto.inotify_wd_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Epoll;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Nr;
import java.util.ArrayList;
import java.util.List;

/**
 * An inotify(7) instance and its watches, which fdinfo lists with the file handles of what they
 * watch.
 *
 * <p>Nobody can look at events without taking them, nor put them back. If some waited, one that
 * says that events were lost (IN_Q_OVERFLOW) waits after the restore; CRIU drops them.
 */
public final class Inotify implements FileRoom {
  /** What somebody causes who reads a directory. */
  private static final long TOLD_OF_READING =
      Epoll.IN_OPEN | Epoll.IN_ACCESS | Epoll.IN_CLOSE_NOWRITE;

  @Override
  public fd_types type() {
    return fd_types.INOTIFY;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:inotify");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    List<inotify_wd_entry.Builder> watches = new ArrayList<>();
    List<MarkedInode> inodes = new ArrayList<>();
    for (String line : descriptor.fdinfo().lines()) {
      if (line.startsWith("inotify ")) {
        inotify_wd_entry.Builder watch = parse(new MarkLine(descriptor, line));
        watches.add(watch);
        inodes.add(
            new MarkedInode(
                "watch " + watch.getWd(),
                watch.getSDev(),
                watch.getIIno(),
                (watch.getMask() & TOLD_OF_READING) != 0,
                watch.getFHandleBuilder()));
      }
    }
    HandlePaths.find(descriptor, inodes, capture);
    inotify_file_entry.Builder inotify =
        inotify_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor));
    for (inotify_wd_entry.Builder watch : watches) {
      inotify.addWd(watch);
    }
    if (Ioctl.getInt(descriptor.borrowed(), Ioctl.FIONREAD, "FIONREAD") != 0) {
      inotify.setUnread(true);
      capture.warn(
          descriptor.subject()
              + ": events wait in it; the program reads IN_Q_OVERFLOW instead of them");
    }
    return file_entry.newBuilder().setType(fd_types.INOTIFY).setId(id).setIfy(inotify).build();
  }

  private static inotify_wd_entry.Builder parse(MarkLine line) {
    return inotify_wd_entry
        .newBuilder()
        // CRIU leaves it so: it told the instance when watches had an image of their own.
        .setId(0)
        .setIIno(line.number("ino"))
        .setMask(line.word("mask"))
        .setIgnoredMask(line.word("ignored_mask"))
        .setSDev(line.word("sdev"))
        .setWd(line.word("wd"))
        .setFHandle(line.handle());
  }

  @Override
  public String describe(file_entry entry) {
    return "inotify, " + entry.getIfy().getWdCount() + " watches";
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getIfy().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getIfy().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    Op opened = plan.call(entry, "inotify_init1", Nr.SYS_inotify_init1).arg(0);
    if (entry.getIfy().getUnread()) {
      LostEvents.plan(entry, opened, plan);
    }
    int fd = plan.place(entry, opened);
    plan.setFlags(entry, fd, entry.getIfy().getFlags());
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    WatchPlan.plan(entry, plan);
  }
}
