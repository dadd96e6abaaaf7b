// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An OCI runtime that lets an engine do its checkpoints. */
enum OciRuntime {
  /** Of this machine; starts {@code criu swrk} itself. */
  RUNC,

  /** Of the reference root; its libcriu starts the {@code criu} that it finds in PATH. */
  CRUN,

  /** Torpor's own, in front of the runc of this machine. */
  TORPOR_OVER_RUNC,

  /** Torpor's own, in front of the crun of {@link #viewWith}. */
  TORPOR_OVER_CRUN;

  /**
   * A view of the host as crun wants it: with nothing but the unified hierarchy, and with a /run of
   * its own, where it keeps its state.
   *
   * @param crun what is to be found as crun
   */
  static List<String> viewWith(Path crun) {
    String mounts =
        "mount -t cgroup2 none /sys/fs/cgroup && mount --bind BUNDLE/run /run"
            + " && mount -t tmpfs none /usr/local/sbin && ln -s CRUN /usr/local/sbin/crun";
    String script = mounts.replace("CRUN", crun.toString()) + " && exec \"$@\"";
    return List.of("/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh");
  }

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
    if (this == TORPOR_OVER_RUNC) {
      String program = Settings.torpor().resolveSibling("torpor-runtime").toString();
      return List.of(program, "--root", directory.resolve("runc").toString());
    }
    if (this == TORPOR_OVER_CRUN) {
      return List.of(asCrun(directory).toString());
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

  /** Torpor under that name, which says what it is in front of. */
  private static Path asCrun(Path directory) {
    Path link = directory.resolve("crun");
    try {
      return Files.exists(link) ? link : Files.createSymbolicLink(link, Settings.torpor());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
