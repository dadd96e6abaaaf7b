// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.ArrayList;
import java.util.List;

/**
 * Descriptors that a look at the queues of Unix sockets has made in Torpor itself, of files that
 * wait there to be received (SCM_RIGHTS). They stay open until all that is in those files was read.
 */
public final class FilesInFlight implements AutoCloseable {
  private final List<Descriptor> descriptors = new ArrayList<>();

  /** Takes one over. */
  Descriptor keep(Descriptor descriptor) {
    descriptors.add(descriptor);
    return descriptor;
  }

  /** Closes all; others can follow. */
  @Override
  public void close() {
    for (Descriptor descriptor : descriptors) {
      descriptor.close();
    }
    descriptors.clear();
  }
}
