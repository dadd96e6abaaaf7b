// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fh_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.inotify_wd_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Epoll;
import dev.torpor.linux.KernelString;
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
    String root = root(user.task());
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
            add(program, purpose, user.descriptor().getFd(), watch, root);
            next = watch.getWd() + 1;
          }
        });
  }

  private void add(Program program, String purpose, int fd, inotify_wd_entry watch, String root) {
    fh_entry handle = watch.getFHandle();
    ServiceFd deleted = plan.facts().get(Remaps.class).ofInode(watch.getSDev(), watch.getIIno());
    // Of these events every watch is told; the kernel does not take a mask of none.
    long mask = (watch.getMask() & ASKED_FOR) | Epoll.IN_IGNORED;
    Data path;
    String name;
    if (deleted != null) {
      name = "/proc/self/fd/" + deleted.number();
      path = program.string(name);
    } else {
      name = below(root, handle.getPathBytes(), purpose, watch);
      path = program.string(KernelString.encode(name));
      mask |= Epoll.IN_DONT_FOLLOW;
    }
    program
        .call(purpose + ": inotify_add_watch ", name, Nr.SYS_inotify_add_watch)
        .arg(fd)
        .arg(path)
        .arg(mask)
        .expect(watch.getWd());
  }

  /** A path as the task sees it who adds the watch. */
  private static String below(
      String root, ByteString pathBytes, String purpose, inotify_wd_entry watch) {
    String path = KernelString.decode(pathBytes.toByteArray());
    String what = purpose + ": watch " + watch.getWd();
    if (path.isEmpty()) {
      throw new UnsupportedException(
          what, "the images know inode " + watch.getIIno() + " by no path; restore with CRIU");
    }
    if (root.equals("/")) {
      return path;
    }
    if (!path.startsWith(root + "/") && !path.equals(root)) {
      throw new UnsupportedException(
          what,
          path + " is outside of " + root + ", the root of the task; let it remove the watch");
    }
    return path.equals(root) ? "/" : path.substring(root.length());
  }

  /** A task without one of its own shares that of its parent. */
  private String root(TaskFiles task) {
    TaskFiles owner = task;
    while (owner != null && owner.fs() == null) {
      owner = plan.task(owner.parentPid());
    }
    fs_entry fs = owner == null ? null : owner.fs();
    return fs == null
        ? "/"
        : KernelString.decode(plan.entry(fs.getRootId()).getReg().getNameBytes().toByteArray());
  }
}
