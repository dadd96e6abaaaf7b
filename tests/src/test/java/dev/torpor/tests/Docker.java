// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Docker 20.10 with a daemon of its own, configured by examples/docker. */
final class Docker implements ContainerEngine {
  private final EngineHost host = new EngineHost("stable");
  private int checkpoints;

  @Override
  public void start(Path images) {
    host.write("/etc/docker/daemon.json", Settings.text("../examples/docker/daemon.json"));
    // Hard limits cannot be raised without CAP_SYS_RESOURCE: low enough for any machine.
    host.daemon(
        "dockerd",
        "dockerd",
        "--default-ulimit=nofile=20000:20000",
        "--cgroup-parent=" + host.cgroup());
    host.await("docker", "version");
    for (Workload each : Workload.values()) {
      docker("load", "--quiet", "--input", images.resolve(each.fileName() + ".tar").toString());
    }
  }

  /** Where it runs. */
  EngineHost host() {
    return host;
  }

  @Override
  public void use(Engine engine) {
    host.use(engine);
  }

  /** Runs docker, which must succeed; what it printed. */
  String docker(String... arguments) {
    return host.ask(command(arguments));
  }

  PodmanStore.Outcome tryDocker(String... arguments) {
    return host.run(command(arguments));
  }

  private static String[] command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  @Override
  public void start(String name, List<String> options, Workload workload, String... command) {
    List<String> words = new ArrayList<>(List.of("run", "--detach", "--name", name));
    words.addAll(options);
    words.add(workload.image());
    words.addAll(List.of(command));
    docker(words.toArray(String[]::new));
  }

  @Override
  public PodmanStore.Outcome tryCheckpoint(String name, boolean leaveRunning) {
    checkpoints++;
    awaitCollection();
    List<String> words = new ArrayList<>(List.of("checkpoint", "create"));
    if (leaveRunning) {
      words.add("--leave-running");
    }
    words.addAll(List.of(name, checkpoint()));
    return tryDocker(words.toArray(String[]::new));
  }

  private String checkpoint() {
    return "checkpoint" + checkpoints;
  }

  @Override
  public PodmanStore.Outcome tryRestore(String name) {
    awaitCollection();
    return tryDocker("start", "--checkpoint", checkpoint(), name);
  }

  /**
   * Docker has containerd hold a checkpoint for a moment when it is made, and again when it is
   * used; the second fails (moby#42900: "content ... already exists") if the first is not collected
   * yet.
   */
  private void awaitCollection() {
    String[] list = {
      "ctr",
      "--address=/run/docker/containerd/containerd.sock",
      "--namespace=moby",
      "content",
      "ls",
      "--quiet"
    };
    Wait.until("containerd has forgotten the checkpoint", () -> host.ask(list).isEmpty());
  }

  @Override
  public String log(String name) {
    return docker("logs", name);
  }

  @Override
  public String within(String name, String... command) {
    List<String> words = new ArrayList<>(List.of("exec", name));
    words.addAll(List.of(command));
    return docker(words.toArray(String[]::new));
  }

  @Override
  public long pid(String name) {
    return Long.parseLong(docker("inspect", "--format", "{{.State.Pid}}", name));
  }

  @Override
  public void remove(String name) {
    docker("rm", "--force", "--volumes", name);
  }

  @Override
  public void close() {
    host.close();
  }
}
