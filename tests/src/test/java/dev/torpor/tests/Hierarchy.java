// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A hierarchy of control groups that can freeze. */
enum Hierarchy {
  FREEZER(Path.of("/sys/fs/cgroup/freezer"), "freezer.state", "FROZEN", "THAWED"),
  UNIFIED(unified(), "cgroup.freeze", "1", "0");

  private final Path top;
  private final String file;
  private final String frozen;
  private final String thawed;

  Hierarchy(Path top, String file, String frozen, String thawed) {
    this.top = top;
    this.file = file;
    this.frozen = frozen;
    this.thawed = thawed;
  }

  private static Path unified() {
    Path beside = Path.of("/sys/fs/cgroup/unified");
    return Files.isDirectory(beside) ? beside : beside.getParent();
  }

  boolean isThere() {
    return Files.exists(top.resolve("cgroup.procs"));
  }

  Path cgroupOfATest() {
    return top.resolve(Machine.own("torpor-test-" + ProcessHandle.current().pid()));
  }

  void freeze(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve(file), frozen);
  }

  void thaw(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve(file), thawed);
  }

  boolean isFrozen(Path cgroup) throws IOException {
    return Files.readString(cgroup.resolve(file)).trim().equals(frozen);
  }
}
