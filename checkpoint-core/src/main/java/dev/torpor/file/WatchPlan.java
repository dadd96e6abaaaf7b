// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inotify_wd_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Epoll;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans the return of the watches of an inotify instance, when all tasks have opened and closed
 * what they had to, so that they see none of it.
 */
final class WatchPlan {
  /**
   * What can be asked for and fdinfo tells. With the others a path is only looked up; old kernels
   * told of bits of their own beside (FS_EVENT_ON_CHILD), which CRIU passes over, too.
   */
  private static final long ASKED_FOR =
      Epoll.IN_ALL_EVENTS | Epoll.IN_EXCL_UNLINK | Epoll.IN_ONESHOT;

  private final file_entry entry;
  private final LatePlan plan;

  private WatchPlan(file_entry entry, LatePlan plan) {
    this.entry = entry;
    this.plan = plan;
  }

  /**
   * Adds the calls.
   *
   * @throws UnsupportedException for a watch of something that no path leads to
   */
  static void plan(file_entry entry, LatePlan plan) {
    if (entry.getIfy().getWdCount() > 0) {
      new WatchPlan(entry, plan).plan();
    }
  }

  private void plan() {
    List<inotify_wd_entry> watches = new ArrayList<>(entry.getIfy().getWdList());
    watches.sort((a, b) -> Integer.compare(a.getWd(), b.getWd()));
    LatePlan.User user = plan.users().get(0);
    WatchedPaths paths = new WatchedPaths(plan, user);
    String purpose = plan.purpose(user);
    plan.at(
        user,
        Step.WATCH,
        program -> {
          int next = 0;
          for (inotify_wd_entry watch : watches) {
            if (watch.getWd() != next) {
              program
                  .call(purpose + ": ioctl INOTIFY_IOC_SETNEXTWD", Nr.SYS_ioctl)
                  .arg(user.descriptor().getFd())
                  .arg(Epoll.INOTIFY_IOC_SETNEXTWD)
                  .arg(watch.getWd());
            }
            add(program, purpose, user.descriptor().getFd(), watch, paths);
            next = watch.getWd() + 1;
          }
        });
  }

  private void add(
      Program program, String purpose, int fd, inotify_wd_entry watch, WatchedPaths paths) {
    // Of these events every watch is told; the kernel does not take a mask of none.
    long mask = (watch.getMask() & ASKED_FOR) | Epoll.IN_IGNORED;
    WatchedPaths.Place place =
        paths.of(
            purpose + ": watch " + watch.getWd(),
            watch.getFHandle(),
            watch.getSDev(),
            watch.getIIno());
    if (!place.isLink()) {
      mask |= Epoll.IN_DONT_FOLLOW;
    }
    program
        .call(purpose + ": inotify_add_watch ", place.name(), Nr.SYS_inotify_add_watch)
        .arg(fd)
        .arg(place.in(program))
        .arg(mask)
        .expect(watch.getWd());
  }
}
