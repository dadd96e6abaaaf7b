// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nsfs;
import dev.torpor.linux.Unistd;

/** A namespace that is there already, into which a caller wants a tree restored. */
final class GivenNamespace {
  private GivenNamespace() {}

  /**
   * Whether a file is a namespace of the kind that is wanted; before a task exists, because
   * setns(2) would only say EINVAL to it.
   *
   * @param option how the caller gave it
   * @param path of the file, or of a descriptor in /proc
   * @throws RestoreException if it is something else, or not there
   */
  static void check(String option, String path, NamespaceKind kind) {
    int fd;
    try {
      fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK, 0);
    } catch (ErrnoException e) {
      throw new RestoreException(option + ": cannot be opened: " + e.getMessage(), e.errno(), e);
    }
    try {
      if (Nsfs.getType(fd) != kind.cloneFlag()) {
        throw no(option, kind, null);
      }
    } catch (ErrnoException e) {
      throw no(option, kind, e);
    } finally {
      Unistd.close(fd);
    }
  }

  private static RestoreException no(String option, NamespaceKind kind, ErrnoException cause) {
    return new RestoreException(
        option
            + ": this is no "
            + kind.fileName()
            + " namespace; give a file such as /proc/PID/ns/"
            + kind.fileName(),
        0,
        cause);
  }
}
