// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An OCI runtime that lets an engine do its checkpoints. */
enum OciRuntime {
  /** Of this machine; starts {@code criu swrk} itself. */
  RUNC,

  /** Of the reference root; its libcriu starts the {@code criu} that it finds in PATH. */
  CRUN;

  /**
   * The beginning of a command, up to the subcommand.
   *
   * @param directory for what the runtime keeps
   * @param engine that stands as criu; null for commands that need none
   */
  List<String> command(Path directory, Engine engine) {
    List<String> command = new ArrayList<>();
    if (this == RUNC) {
      command.addAll(List.of("runc", "--root", directory.resolve("runc").toString()));
      if (engine != null) {
        command.addAll(List.of("--criu", engine.binaryNamedCriu().toString()));
      }
      return command;
    }
    // Without --root: with another one crun 1.28 gives a dump and a restore different names for the
    // empty directory that it masks others with.
    String path = System.getenv("PATH");
    if (engine != null) {
      path = engine.binaryNamedCriu().getParent() + ":" + path;
    }
    command.addAll(List.of("/usr/bin/env", "PATH=" + path, Settings.crun().toString()));
    return command;
  }
}
