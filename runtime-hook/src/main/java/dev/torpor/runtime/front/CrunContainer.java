// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.error.IoReason;
import dev.torpor.oci.CrunStatus;
import dev.torpor.oci.OciException;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A container of crun, and the directory in which crun keeps what it knows of it: {@code status},
 * {@code config.json}, and {@code exec.fifo} until the container is started.
 */
final class CrunContainer {
  private final Fronted crun;
  private final RuntimeArguments arguments;
  private final Path runDirectory;

  CrunContainer(Fronted crun, RuntimeArguments arguments) {
    this.crun = crun;
    this.arguments = arguments;
    String id = arguments.id();
    if (id.isEmpty() || id.startsWith(".") || id.indexOf('/') >= 0) {
      throw new OptionException("a container cannot be called " + id + ": give its name");
    }
    String root = arguments.text(Flag.ROOT);
    runDirectory = Path.of(root == null ? runDirectory(crun) : root);
  }

  /** Where it is without --root depends on the caller's environment; crun says it. */
  private static String runDirectory(Fronted crun) {
    String directory = crun.versionLine("rundir: ");
    if (directory == null) {
      throw new OptionException(
          crun.path() + " --version names no rundir: crun 1.8 to 1.28 are known; give --root");
    }
    return directory;
  }

  /** The directory that crun masks others with. */
  Path emptyDirectory() {
    return runDirectory.resolve(".empty-directory");
  }

  CrunStatus status() throws OciException {
    return CrunStatus.read(file("status"));
  }

  RuntimeSpec spec() throws OciException {
    return RuntimeSpec.read(file("config.json"));
  }

  /** Whether its init is there, and not another process with its number. */
  static boolean runs(CrunStatus status) {
    return startTime(status.pid()) == status.processStartTime();
  }

  /** In clock ticks, as crun compares it; -1 if there is no such process. */
  static long startTime(int pid) {
    try {
      return new ProcFs(Path.of("/proc")).stat(pid, pid).startTimeTicks();
    } catch (ProcException e) {
      return -1;
    }
  }

  /** Has crun take another process for the container's init, which has been started. */
  void become(CrunStatus status, Path config) {
    try {
      Files.copy(config, file("config.json"), StandardCopyOption.REPLACE_EXISTING);
      Files.write(file("status"), status.toJson());
      Files.deleteIfExists(file("exec.fifo"));
    } catch (IOException e) {
      throw new OptionException("crun's state cannot be written: " + IoReason.of(e));
    }
  }

  /** Runs a command of crun on it. */
  void command(String... words) {
    List<String> command = new ArrayList<>(arguments.globals());
    command.addAll(List.of(words));
    command.add(arguments.id());
    crun.require(command);
  }

  private Path file(String name) {
    return runDirectory.resolve(arguments.id()).resolve(name);
  }
}
