// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * Names that a dump gives to files which have lost theirs (--link-remap). They are part of the
 * checkpoint, and go if there is none; if the dump is killed before, a guardian of their own
 * removes them.
 */
final class MadeLinks implements AutoCloseable {
  private final Launcher launcher;
  private final List<String> paths = new ArrayList<>();
  private Guardian guardian;

  MadeLinks(Launcher launcher) {
    this.launcher = launcher;
  }

  /** A link is about to be made. */
  void willMake(String path) {
    if (guardian == null) {
      guardian = launcher.guard();
    }
    guardian.willWrite(path);
    guardian.confirm();
    paths.add(path);
  }

  /**
   * They stay if this process is killed: names too many are better than a checkpoint without them.
   */
  void unguard() {
    if (guardian != null) {
      guardian.done();
      guardian = null;
    }
  }

  /** The checkpoint is there. */
  void keep() {
    paths.clear();
  }

  @Override
  public void close() {
    for (String path : paths) {
      unlink(path);
    }
    paths.clear();
    unguard();
  }

  /** The last one may not have come about. */
  private static void unlink(String path) {
    try {
      Unistd.unlinkat(Fcntl.AT_FDCWD, path, 0);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
