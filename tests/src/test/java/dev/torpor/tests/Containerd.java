// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A containerd of its own, and its client ctr. What that restores writes to nobody's log, and has
 * no network of its own that works: containers here have their host's.
 */
final class Containerd implements ContainerEngine {
  /** On a file system in memory, which a container with a root that is read-only has too. */
  private static final String SAID = "/dev/shm/said";

  private final EngineHost host;
  private int commands;
  private int checkpoints;

  /** Makes the host for a version: stable or sid. */
  Containerd(String packages) {
    host = new EngineHost(packages);
  }

  @Override
  public void start(Path images) {
    host.daemon("containerd", "containerd");
    host.await("ctr", "version");
    for (Workload each : Workload.values()) {
      ctr("image", "import", images.resolve(each.fileName() + ".tar").toString());
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

  /** Runs ctr, which must succeed; what it printed. */
  String ctr(String... arguments) {
    PodmanStore.Outcome outcome = tryCtr(arguments);
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    return outcome.output().trim();
  }

  PodmanStore.Outcome tryCtr(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ctr"));
    command.addAll(List.of(arguments));
    return host.run(command.toArray(String[]::new));
  }

  /** The counter would be seen in a log, and what is restored has none. */
  @Override
  public boolean takes(Workload workload, List<String> options) {
    return workload != Workload.COUNTER
        && Stream.of("--init", "--tty", "--user=1000").noneMatch(options::contains);
  }

  /** Options are called as Docker's are. */
  @Override
  public void start(String name, List<String> options, Workload workload, String... command) {
    List<String> words = new ArrayList<>(List.of("run", "--detach", "--net-host"));
    words.addAll(List.of("--log-uri", "file://" + logFile(name)));
    words.addAll(List.of("--cgroup", host.cgroup() + '/' + name));
    for (String option : options) {
      words.add(
          option
              .replace("--runtime=torpor", "--runc-binary=/opt/torpor/bin/torpor-runtime")
              .replace("--memory=64m", "--memory-limit=67108864"));
    }
    words.addAll(List.of(workload.image(), name));
    words.addAll(List.of(command));
    ctr(words.toArray(String[]::new));
  }

  private Path logFile(String name) {
    return host.directory.resolve(name + ".output");
  }

  /**
   * Of a container that has a checkpoint already, containerd makes one without its task, and says
   * nothing: the specification of the container, which is in both, "already exists", and its client
   * passes over errors of that kind.
   */
  @Override
  public PodmanStore.Outcome tryCheckpoint(String name, boolean leaveRunning) {
    tryCtr("image", "rm", "--sync", checkpoint());
    checkpoints++;
    PodmanStore.Outcome outcome =
        tryCtr("container", "checkpoint", "--task", "--rw", "--image", name, checkpoint());
    if (outcome.exitCode() == 0 && !leaveRunning) {
      // It has no flag for that: it goes on until it is killed.
      remove(name);
    }
    return outcome;
  }

  private String checkpoint() {
    return "localhost/checkpoint:" + checkpoints;
  }

  @Override
  public PodmanStore.Outcome tryRestore(String name) {
    return tryCtr("container", "restore", "--rw", "--live", name, checkpoint());
  }

  @Override
  public String log(String name) {
    return host.ask("cat", logFile(name).toString());
  }

  /**
   * What a command prints goes by a file: the ctr of containerd 1.6.20 closes its end of the pipe
   * when the command has ended, whether it has read it or not (containerd/containerd, pull request
   * 8643).
   */
  @Override
  public String within(String name, String... command) {
    commands++;
    List<String> words = new ArrayList<>(List.of("task", "exec", "--exec-id", "exec" + commands));
    words.addAll(List.of(name, "sh", "-c", "exec \"$@\" >" + SAID + " 2>&1", "sh"));
    words.addAll(List.of(command));
    ctr(words.toArray(String[]::new));
    Path said = Path.of("/proc/" + pid(name) + "/root" + SAID);
    try {
      String text = Files.readString(said);
      Files.delete(said);
      return text.trim();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long pid(String name) {
    for (String line : ctr("task", "ls").lines().toList()) {
      String[] words = line.trim().split("\\s+", -1);
      if (words[0].equals(name)) {
        return Long.parseLong(words[1]);
      }
    }
    throw new AssertionError("no task " + name);
  }

  @Override
  public void remove(String name) {
    tryCtr("task", "rm", "--force", name);
    tryCtr("container", "rm", name);
    // A restore that failed has left it.
    tryCtr("snapshot", "rm", name);
    assertThat(ctr("container", "ls", "--quiet")).isEmpty();
  }

  @Override
  public void close() {
    host.close();
  }
}
