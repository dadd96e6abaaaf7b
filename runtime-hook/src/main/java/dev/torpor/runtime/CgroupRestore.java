// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.cgroup.CgroupException;
import dev.torpor.cgroup.CgroupNamespaces;
import dev.torpor.cgroup.CgroupOptions;
import dev.torpor.cgroup.CgroupRestorer;
import dev.torpor.cgroup.ProcMembership;
import dev.torpor.core.CgroupReturner;
import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.option.CriuOptions;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The cgroup module under the core's interface, for a restore. */
final class CgroupRestore implements CgroupReturner {
  private static final Path PROC = Path.of("/proc");
  private static final long UNDO_MILLIS = 5000;

  private final CriuOptions given;
  private final String process;
  private final CgroupOptions options;
  private final Rooms rooms;
  private final Consumer<Path> journal;
  private final Consumer<String> warnings;
  private CgroupRestorer restorer;

  CgroupRestore(
      CriuOptions options,
      String process,
      Consumer<Path> journal,
      Consumer<String> warnings,
      Rooms rooms) {
    this.process = process;
    this.rooms = rooms;
    this.journal = journal;
    this.warnings = warnings;
    this.given = options;
    this.options = new CgroupOptions(options.manageCgroups(), options.cgroupRoots());
  }

  /** A call into the module that may fail. */
  @FunctionalInterface
  private interface Step {
    void run() throws CgroupException;
  }

  private static void run(Step step) {
    try {
      step.run();
    } catch (CgroupException e) {
      throw new RestoreException(e.getMessage(), e);
    }
  }

  @Override
  public void prepare(cgroup_entry entry) {
    run(
        () -> {
          restorer =
              new CgroupRestorer(
                  CgroupDump.locator(
                      given, new ProcMembership(PROC, process, new CgroupNamespaces())),
                  options,
                  journal,
                  warnings,
                  rooms);
          restorer.prepare(entry);
        });
  }

  @Override
  public void enterNamespaceRoot(int pid, int setId) {
    run(() -> restorer.enterNamespaceRoot(pid, setId));
  }

  @Override
  public void move(int pid, int setId) {
    run(() -> restorer.move(pid, setId));
  }

  @Override
  public void moveThread(int tid, int setId) {
    run(() -> restorer.moveThread(tid, setId));
  }

  @Override
  public void applyProperties() {
    run(() -> restorer.applyProperties());
  }

  @Override
  public void restoreFreezer() {
    run(() -> restorer.restoreFreezer());
  }

  @Override
  public void thaw() {
    run(() -> restorer.thaw());
  }

  @Override
  public void undo() {
    run(() -> restorer.undo(UNDO_MILLIS));
  }
}
