// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Podman 4.3 in a store of its own, with the runtime of examples/podman. */
final class Podman implements ContainerEngine {
  private static final String INSTALLED = "/opt/torpor/bin/torpor-runtime";

  private final PodmanStore store = new PodmanStore();

  @Override
  public void start(Path images) {
    String here = Settings.torpor().resolveSibling("torpor-runtime").toString();
    String example = Settings.text("../examples/podman/torpor-runtime.conf");
    store.configure(example.replace(INSTALLED, here));
    store.podman("load", "--quiet", "--input", images.resolve("web.tar").toString());
  }

  @Override
  public void use(Engine engine) {
    store.use(engine);
  }

  /** The runtime is an option of podman itself. */
  @Override
  public void start(String name, List<String> options, Workload workload, String... command) {
    List<String> words = new ArrayList<>();
    List<String> rest = new ArrayList<>(options);
    for (String option : options) {
      if (option.startsWith("--runtime=")) {
        words.add(option);
        rest.remove(option);
      }
    }
    words.addAll(List.of("run", "--detach", "--name", name, "--network", "torpor"));
    words.addAll(List.of("--cgroup-parent", store.cgroupParent()));
    words.addAll(rest);
    words.add(workload.image());
    words.addAll(List.of(command));
    store.podman(words.toArray(String[]::new));
  }

  @Override
  public PodmanStore.Outcome tryCheckpoint(String name, boolean leaveRunning) {
    return leaveRunning
        ? store.tryPodman("container", "checkpoint", "--leave-running", name)
        : store.tryPodman("container", "checkpoint", name);
  }

  @Override
  public PodmanStore.Outcome tryRestore(String name) {
    return store.tryPodman("container", "restore", name);
  }

  @Override
  public String log(String name) {
    return store.podman("logs", name);
  }

  @Override
  public String within(String name, String... command) {
    List<String> words = new ArrayList<>(List.of("exec", name));
    words.addAll(List.of(command));
    return store.podman(words.toArray(String[]::new));
  }

  @Override
  public long pid(String name) {
    return store.pidOf(name);
  }

  @Override
  public void remove(String name) {
    store.podman("rm", "--force", "--time", "0", name);
  }

  @Override
  public void close() {
    store.close();
  }
}
