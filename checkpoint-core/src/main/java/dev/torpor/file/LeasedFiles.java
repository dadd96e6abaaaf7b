// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.LockLine;
import java.util.ArrayList;
import java.util.List;

/**
 * The files with write leases that a capture has met, fcntl(2) F_SETLEASE. To open one of them for
 * reading, by whatever path, asks its holder to give the lease up: a dump does not.
 */
final class LeasedFiles {
  private final List<FileStat> leased = new ArrayList<>();

  /** Whether an open file has a lease; of any kind, for it may be upgraded at any time. */
  static boolean hasLease(Descriptor descriptor) {
    for (String line : descriptor.fdinfoValues("lock")) {
      if (LockLine.parse("fdinfo of " + descriptor.subject(), line).kind().equals("LEASE")) {
        return true;
      }
    }
    return false;
  }

  void note(Descriptor descriptor) {
    if (hasLease(descriptor)) {
      leased.add(descriptor.stat());
    }
  }

  /** Before a file is opened that somebody has mapped. */
  void refuse(Descriptor mapped) {
    for (FileStat stat : leased) {
      if (stat.sameFile(mapped.stat())) {
        throw new UnsupportedException(
            mapped.subject(),
            "the file is leased as well, and to open it for a mapping would break the lease;"
                + " let the program give up the lease or the mapping before the dump");
      }
    }
  }
}
