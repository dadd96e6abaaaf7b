// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Mount;
import dev.torpor.linux.Nr;

/**
 * Plans that a task is for a while where any path is free: in a tmpfs that nobody else sees, and
 * that is gone with the files made there.
 */
final class NowherePlan {
  private static final int DIRECTORY_MODE = 0700;

  private final OpenPlan plan;

  NowherePlan(OpenPlan plan) {
    this.plan = plan;
  }

  /** Enters it, with the directories of this path and no more; gives what {@link #leave} takes. */
  Op enter(file_entry entry, String path) {
    if (plan.sharesRoot()) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "the name "
              + path
              + " is to be bound out of the way of others, and tasks share their root directory"
              + " (CLONE_FS); not carried");
    }
    int flags = Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
    Op root =
        plan.call(entry, "open /", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(plan.program().string("/"))
            .arg(flags)
            .arg(0);
    enterTmpfs(entry);
    makeDirectories(entry, path);
    return root;
  }

  void leave(file_entry entry, Op root) {
    enterRoot(entry, root);
    plan.close(entry, root);
  }

  private void enterTmpfs(file_entry entry) {
    Op context =
        plan.call(entry, "fsopen", Nr.SYS_fsopen)
            .arg(plan.program().string("tmpfs"))
            .arg(Mount.FSOPEN_CLOEXEC);
    plan.call(entry, "fsconfig", Nr.SYS_fsconfig)
        .arg(context)
        .arg(Mount.FSCONFIG_CMD_CREATE)
        .arg(0)
        .arg(0)
        .arg(0);
    Op mount =
        plan.call(entry, "fsmount", Nr.SYS_fsmount).arg(context).arg(Mount.FSMOUNT_CLOEXEC).arg(0);
    enterRoot(entry, mount);
    plan.close(entry, mount);
    plan.close(entry, context);
  }

  private void enterRoot(file_entry entry, Op directory) {
    plan.call(entry, "fchdir", Nr.SYS_fchdir).arg(directory);
    plan.call(entry, "chroot", Nr.SYS_chroot).arg(plan.program().string("."));
  }

  /** All that the path passes; some of these are there already, as {@code ..} is. */
  private void makeDirectories(file_entry entry, String path) {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      byte[] prefix = KernelString.encode(path.substring(0, slash));
      plan.call(entry, "mkdir", Nr.SYS_mkdirat)
          .arg(Fcntl.AT_FDCWD)
          .arg(plan.program().string(prefix))
          .arg(DIRECTORY_MODE)
          .expectAnything();
    }
  }
}
