// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.oci.Bundle;
import dev.torpor.oci.CrunStatus;
import dev.torpor.oci.EngineName;
import dev.torpor.oci.RuncState;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.runtime.hook.ContainerList;
import dev.torpor.runtime.hook.LiveContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A container as its runtime has it.
 *
 * @param id the runtime's, and the engine's
 * @param kind runc or crun
 * @param root directory of the runtime's state, which --root names
 * @param bundle of the container
 * @param rootfs its root file system on the host
 * @param pid of its init
 * @param startTimeTicks when that began, in clock ticks since boot
 * @param created RFC 3339, null if the runtime does not say
 */
record RuntimeContainer(
    String id,
    String kind,
    Path root,
    Path bundle,
    Path rootfs,
    int pid,
    long startTimeTicks,
    String created) {

  /** Reads ROOT/ID; null if no runtime that is known has its state there. */
  static RuntimeContainer read(Path root, String id) throws IOException {
    Path runc = root.resolve(id).resolve("state.json");
    Path crun = root.resolve(id).resolve("status");
    if (Files.isRegularFile(runc)) {
      RuncState state = RuncState.read(runc);
      return new RuntimeContainer(
          id,
          "runc",
          root,
          state.bundle(),
          Path.of(state.config().rootfs()),
          state.pid(),
          state.startTimeTicks(),
          state.created());
    }
    if (Files.isRegularFile(crun)) {
      CrunStatus status = CrunStatus.read(crun);
      Path bundle = Path.of(status.bundle());
      long start = status.processStartTime();
      return new RuntimeContainer(
          id, "crun", root, bundle, status.root(), status.pid(), start, null);
    }
    return null;
  }

  /** What its engine calls it, or the hooks have noted; null if nobody has. */
  String name() throws IOException {
    String name = EngineName.of(id, bundle, rootfs);
    return name == null ? ContainerList.nameOf(id) : name;
  }

  /** What had it made: an engine that is told by where the runtime keeps it, else the runtime. */
  String engine() throws IOException {
    if (root.startsWith(RuntimeContainers.DOCKER)) {
      return "docker";
    }
    if (root.startsWith(RuntimeContainers.CONTAINERD)) {
      return "containerd";
    }
    String manager = openBundle().spec().annotation("io.container.manager");
    if (manager == null) {
      return kind;
    }
    return manager.equals("libpod") ? "podman" : manager;
  }

  /** It, as it is listed. */
  LiveContainer listed() throws IOException {
    return new LiveContainer(
        id, name(), engine(), kind, bundle.toString(), pid, startTimeTicks, null);
  }

  /** Whether its init is there, and not another process with its number. */
  boolean runs() {
    try {
      TaskStat stat = new ProcFs(Path.of("/proc")).stat(pid, pid);
      return stat.startTimeTicks() == startTimeTicks && stat.state() != 'Z' && stat.state() != 'X';
    } catch (ProcException e) {
      return false;
    }
  }

  /** Its configuration. */
  Bundle openBundle() throws IOException {
    return Bundle.open(bundle);
  }
}
