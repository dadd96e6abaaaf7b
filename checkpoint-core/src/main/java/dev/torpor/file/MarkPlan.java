// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fanotify_mark_entry;
import dev.torpor.image.proto.fanotify_mount_mark_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.mark_type;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Epoll;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;

/**
 * Plans the return of the marks of a fanotify group, when all tasks have opened what they had to.
 */
final class MarkPlan {
  private final file_entry entry;
  private final LatePlan plan;
  private final LatePlan.User user;
  private final String purpose;
  private final WatchedPaths paths;

  MarkPlan(file_entry entry, LatePlan plan) {
    this.entry = entry;
    this.plan = plan;
    this.user = plan.users().get(0);
    this.purpose = plan.purpose(user);
    this.paths = new WatchedPaths(plan, user);
  }

  void plan() {
    plan.at(
        user,
        Step.WATCH,
        program -> {
          for (fanotify_mark_entry mark : entry.getFfy().getMarkList()) {
            add(program, mark);
          }
        });
  }

  private void add(Program program, fanotify_mark_entry mark) {
    WatchedPaths.Place place = place(mark);
    int flags =
        Epoll.FAN_MARK_ADD
            | (place.isLink() ? 0 : Epoll.FAN_MARK_DONT_FOLLOW)
            | (mark.getType() == mark_type.MOUNT ? Epoll.FAN_MARK_MOUNT : 0)
            | (mark.getType() == mark_type.FILESYSTEM ? Epoll.FAN_MARK_FILESYSTEM : 0)
            | (mark.getMflags() & Epoll.FAN_MARK_EVICTABLE);
    if (addsOnChild(mark)) {
      Op asIs = call(program, place, flags, mark.getMask()).expectAnything();
      Op skip = program.skipIfSucceeded(asIs);
      call(program, place, flags, mark.getMask() & ~Epoll.FAN_EVENT_ON_CHILD);
      program.land(skip);
    } else if (mark.getMask() != 0) {
      call(program, place, flags, mark.getMask());
    }
    if (mark.getIgnoredMask() != 0) {
      boolean isNewKind = (mark.getMflags() & Epoll.FAN_MARK_IGNORE) != 0;
      int ignore =
          (isNewKind ? Epoll.FAN_MARK_IGNORE : Epoll.FAN_MARK_IGNORED_MASK)
              | (mark.getMflags() & Epoll.FAN_MARK_IGNORED_SURV_MODIFY);
      call(program, place, flags | ignore, mark.getIgnoredMask());
    }
  }

  /** The kernel does so for what is no directory, and lets nobody else say it. */
  private boolean addsOnChild(fanotify_mark_entry mark) {
    return (mark.getMask() & Epoll.FAN_EVENT_ON_CHILD) != 0
        && (entry.getFfy().getFaflags() & Epoll.FAN_REPORT_TARGET_FID) != 0;
  }

  private WatchedPaths.Place place(fanotify_mark_entry mark) {
    if (mark.getType() == mark_type.INODE) {
      return paths.of(
          purpose + ": a mark", mark.getIe().getFHandle(), mark.getSDev(), mark.getIe().getIIno());
    }
    return new WatchedPaths.Place(
        paths.below(purpose + ": a mark", mountPoint(mark.getMe())), false);
  }

  /** CRIU tells none of a mount that is in its images. */
  private String mountPoint(fanotify_mount_mark_entry mark) {
    if (mark.hasPath()) {
      return KernelString.decode(mark.getPathBytes().toByteArray());
    }
    for (long id : plan.images().ids(ImageType.MNTS)) {
      for (mnt_entry mount : plan.images().entries(ImageType.MNTS, id, mnt_entry.parser())) {
        if (mount.getMntId() == mark.getMntId()) {
          String path = KernelString.decode(mount.getMountpointBytes().toByteArray());
          return path.startsWith(".") ? path.substring(1) : path;
        }
      }
    }
    throw new UnsupportedException(
        purpose, "the images have no mount " + mark.getMntId() + ", which it has a mark on");
  }

  private Op call(Program program, WatchedPaths.Place place, int flags, int mask) {
    return program
        .call(purpose + ": fanotify_mark ", place.name(), Nr.SYS_fanotify_mark)
        .arg(user.descriptor().getFd())
        .arg(flags)
        .arg(Integer.toUnsignedLong(mask))
        .arg(Fcntl.AT_FDCWD)
        .arg(place.in(program));
  }
}
