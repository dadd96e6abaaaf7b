// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.Descriptor;

/** Locks and leases of files, flock(2), fcntl_locking(2): not carried yet. */
final class FileLocks implements TreeRoom {
  /** Since Linux 3.18 fdinfo lists locks and leases; a restore would lose them without a word. */
  @Override
  public void see(Descriptor descriptor) {
    String lock = descriptor.fdinfoValue("lock");
    if (lock != null) {
      throw new UnsupportedException(
          descriptor.subject(),
          "it holds a file lock ("
              + lock
              + "), which is not carried yet; release it before the dump");
    }
  }
}
