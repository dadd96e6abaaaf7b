// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.tcp.HeldConnections;
import dev.torpor.tcp.LostByRepair;

/** The guardian of a dump, which is started when there is something to guard. */
final class DumpGuard implements HeldConnections.Guard, AutoCloseable {
  private final Launcher launcher;
  private Guardian guardian;

  DumpGuard(Launcher launcher) {
    this.launcher = launcher;
  }

  Guardian guardian() {
    if (guardian == null) {
      guardian = launcher.guard();
    }
    return guardian;
  }

  @Override
  public void takes(int fd, LostByRepair lost) {
    guardian().holdsSocket(fd, lost);
  }

  @Override
  public void confirm() {
    guardian.confirm();
  }

  /** There is nothing to guard any more. */
  @Override
  public void close() {
    if (guardian != null) {
      guardian.done();
      guardian = null;
    }
  }
}
