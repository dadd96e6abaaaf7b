// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.oci.ContainerState;
import java.util.List;
import java.util.Map;

/**
 * A container whose first process lives.
 *
 * @param id the engine's, and the runtime's
 * @param name given by the user, as it was when the container started; null if nobody told
 * @param engine podman, cri-o, containerd, docker, or the program that watches over it
 * @param runtime name of the OCI runtime's program
 * @param bundle its directory
 * @param pid of the first process, as we see it
 * @param startTimeTicks when that began, in clock ticks since boot, proc_pid_stat(5)
 * @param restored whether it came from a checkpoint; null if no hook has seen it start
 */
public record LiveContainer(
    String id,
    String name,
    String engine,
    String runtime,
    String bundle,
    int pid,
    long startTimeTicks,
    Boolean restored) {
  /** What runc calls a container while it restores it, and nothing else that lives. */
  static final String RESTORED_STATUS = "stopped";

  private static final Map<String, String> NONE = Map.of();

  /** What CRI engines tell, which are two with a name of their own for it. */
  private static final List<String> NAMES =
      List.of("io.kubernetes.cri.container-name", "io.kubernetes.container.name");

  /**
   * Puts together what a hook has seen.
   *
   * @param state what the runtime gave it
   * @param runtime command line of the runtime
   * @param monitor command line of who started that
   */
  static LiveContainer of(
      ContainerState state, long startTimeTicks, List<String> runtime, List<String> monitor) {
    Map<String, String> annotations = state.annotations() == null ? NONE : state.annotations();
    return new LiveContainer(
        state.id(),
        name(annotations, monitor),
        engine(annotations, monitor),
        baseName(runtime),
        state.bundle(),
        state.pid(),
        startTimeTicks,
        state.status().equals(RESTORED_STATUS));
  }

  private static String engine(Map<String, String> annotations, List<String> monitor) {
    String manager = annotations.get("io.container.manager");
    if (manager != null) {
      return manager.equals("libpod") ? "podman" : manager;
    }
    String program = baseName(monitor);
    if (program.startsWith("containerd-shim")) {
      return monitor.contains("moby") ? "docker" : "containerd";
    }
    return program;
  }

  private static String name(Map<String, String> annotations, List<String> monitor) {
    for (String name : NAMES) {
      if (annotations.containsKey(name)) {
        return annotations.get(name);
      }
    }
    int at = baseName(monitor).equals("conmon") ? monitor.indexOf("-n") : -1;
    return at < 0 || at + 1 == monitor.size() ? null : monitor.get(at + 1);
  }

  private static String baseName(List<String> command) {
    return command.isEmpty() ? "" : command.get(0).substring(command.get(0).lastIndexOf('/') + 1);
  }
}
