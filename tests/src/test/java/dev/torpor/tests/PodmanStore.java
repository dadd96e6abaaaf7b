// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Podman with storage of its own and locally made images: see {@code scripts/podman-store.sh}.
 */
final class PodmanStore implements AutoCloseable {
  private static final String SCRIPT = "scripts/podman-store.sh";

  final Path directory;
  private final String cgroupParent;

  PodmanStore() {
    try {
      // Not /tmp: that may be a memory file system, and images and layers are large.
      directory = Files.createTempDirectory(Path.of("/var/tmp"), "torpor-store-");
      Machine.own(directory.getFileName().toString());
      succeed(run(Settings.source(SCRIPT).toString(), "make", path(), Settings.criu().toString()));
      cgroupParent = Files.readString(directory.resolve("cgroup-parent")).trim();
      // The bridge has the same name.
      Machine.own(cgroupParent.substring(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How a command ended and what it printed. */
  record Outcome(List<String> command, int exitCode, String output) {}

  /** The control group that containers are to be started in. */
  String cgroupParent() {
    return cgroupParent;
  }

  /** Adds to the configuration that its podman reads. */
  void configure(String toml) {
    try {
      Files.writeString(directory.resolve("containers.conf"), toml, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts an engine where podman and runc look for `criu`. */
  void use(Engine engine) {
    Path link = directory.resolve("engine/criu");
    try {
      Files.delete(link);
      Files.createSymbolicLink(link, engine.binaryNamedCriu());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts Torpor there, of which the JVM or the launcher is killed some time after its start. */
  void useKilled(boolean jvm, long afterMillis) {
    String victim = jvm ? "$(pgrep -P $launcher -x java)" : "$launcher";
    useWatched(
        """
        sleep %d.%03d
        if [ "$(cat /proc/$launcher/comm)" = criu ]; then kill -KILL %s; fi
        """
            .formatted(afterMillis / 1000, afterMillis % 1000, victim));
  }

  /** Puts Torpor there, which {@link #elapsedMillis} then knows the time of. */
  void useTimed() {
    assertThat(elapsed().toFile().mkdirs()).isTrue();
    useWatched(
        """
        start=${EPOCHREALTIME/./}
        : >%1$s/$launcher
        tail --pid=$launcher --sleep-interval=0.002 -f /dev/null
        echo $(((${EPOCHREALTIME/./} - start) / 1000)) >%1$s/$launcher
        """
            .formatted(elapsed()));
  }

  private Path elapsed() {
    return directory.resolve("elapsed");
  }

  /** How long the engine ran: the longest run, since runtimes also ask it for its version. */
  long elapsedMillis() {
    File[] runs = elapsed().toFile().listFiles();
    long longest = 0;
    for (File run : runs) {
      Wait.until("the engine's run is over", () -> run.length() > 0);
      try {
        longest = Math.max(longest, Long.parseLong(Files.readString(run.toPath()).trim()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return longest;
  }

  private void useWatched(String watcher) {
    Path link = directory.resolve("engine/criu");
    String script =
        """
        #!/bin/bash
        launcher=$$
        (
          exec 3>&-
          %s
        ) </dev/null >/dev/null 2>&1 &
        exec %s "$@"
        """
            .formatted(watcher.indent(2).strip(), Engine.TORPOR.binaryNamedCriu());
    try {
      Files.delete(link);
      Files.writeString(link, script);
      assertThat(link.toFile().setExecutable(true)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs podman and returns what it printed; a failure shows the engine's logs, too. */
  String podman(String... arguments) {
    Outcome outcome = tryPodman(arguments);
    if (outcome.exitCode != 0) {
      throw new AssertionError(outcome + "\n" + engineLogs());
    }
    return outcome.output.trim();
  }

  Outcome tryPodman(String... arguments) {
    List<String> command = new ArrayList<>(List.of(directory.resolve("podman").toString()));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  /** Starts a container in the background, in the store's own control group. */
  void start(String name, String network, String image, String... command) {
    start(List.of(), name, network, image, command);
  }

  /** The same with a terminal of its own. */
  void startOnTerminal(String name, String network, String image, String... command) {
    start(List.of("--tty", "--interactive"), name, network, image, command);
  }

  /** The same with settings of the kernel for its namespaces. */
  void startWith(Map<String, String> sysctls, String name, String network, String image) {
    List<String> options = new ArrayList<>();
    sysctls.forEach((key, value) -> options.addAll(List.of("--sysctl", key + "=" + value)));
    start(options, name, network, image);
  }

  /** Attaches a terminal of this size to a container, types a line, and detaches again. */
  void type(String name, String line, int rows, int columns) {
    String podman = directory.resolve("podman").toString();
    List<String> command =
        List.of(
            "/usr/bin/python3",
            Settings.source("scripts/type.py").toString(),
            line,
            Integer.toString(rows),
            Integer.toString(columns),
            podman,
            "attach",
            name);
    succeed(run(command.toArray(String[]::new)));
  }

  private void start(
      List<String> options, String name, String network, String image, String... command) {
    List<String> arguments =
        new ArrayList<>(List.of("run", "--detach", "--name", name, "--network", network));
    arguments.addAll(options);
    arguments.addAll(List.of("--cgroup-parent", cgroupParent, image));
    arguments.addAll(List.of(command));
    podman(arguments.toArray(String[]::new));
  }

  long pidOf(String name) {
    return Long.parseLong(podman("inspect", "--format", "{{.State.Pid}}", name));
  }

  String path() {
    return directory.toString();
  }

  @Override
  public void close() {
    succeed(run(Settings.source(SCRIPT).toString(), "remove", path()));
    assertThat(directory).doesNotExist();
  }

  private String engineLogs() {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files =
        Files.find(directory.resolve("root"), 4, (path, any) -> isLog(path))) {
      for (Path log : files.toList()) {
        text.append("--- ").append(log).append('\n').append(Files.readString(log));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static boolean isLog(Path path) {
    String name = path.getFileName().toString();
    return name.equals("dump.log") || name.equals("restore.log");
  }

  private static void succeed(Outcome outcome) {
    assertThat(outcome.exitCode).as("%s", outcome).isZero();
  }

  /** Runs any command. */
  static Outcome run(String... command) {
    try {
      Path output = Files.createTempFile("torpor-podman", ".txt");
      // A file, not a pipe: conmon keeps what it inherits open for as long as its container runs.
      Process process =
          new ProcessBuilder(command)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      int exitCode = process.waitFor();
      String printed = Files.readString(output);
      Files.delete(output);
      return new Outcome(List.of(command), exitCode, printed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
