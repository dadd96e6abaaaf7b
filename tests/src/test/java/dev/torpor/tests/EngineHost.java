// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;

/**
 * A host of its own, on which a container engine is installed: see {@code scripts/own-host.sh}.
 * Nothing of it is left when it is closed, and it is an error if something of it still runs then.
 */
final class EngineHost implements AutoCloseable {
  /** Without /usr/local, where a machine may have engines of another version. */
  private static final String PATH = "/etc/criu-of-test:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  final Path directory;
  private final Machine before = Machine.now();
  private final Process holder;
  private final String cgroup;
  private final List<Process> daemons = new ArrayList<>();

  /**
   * One where Torpor is in /opt/torpor, and nothing is found as criu.
   *
   * @param packages of {@code scripts/engines.sh}: stable or sid
   */
  EngineHost(String packages) {
    Path installed = Settings.engines().resolve(packages);
    try {
      directory = Files.createTempDirectory(Path.of("/var/tmp"), "torpor-engine-");
      cgroup = Machine.own(directory.getFileName().toString());
      holder =
          new ProcessBuilder(
                  Settings.source("scripts/own-host.sh").toString(),
                  directory.toString(),
                  installed.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      assertThat(holder.inputReader().readLine()).isEqualTo("ready");
      Path torpor = Settings.torpor().getParent().getParent();
      ask("ln", "-s", torpor.toString(), "/opt/torpor");
      ask("mkdir", "-p", "/etc/criu-of-test", "/etc/criu");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A control group for its containers alone, as engines name it. */
  String cgroup() {
    return '/' + cgroup;
  }

  /** Puts a checkpointer where engines look for {@code criu}. */
  void use(Engine engine) {
    ask("ln", "-sfn", engine.binaryNamedCriu().toString(), "/etc/criu-of-test/criu");
  }

  /** Writes a file as it sees it; below /etc, /run or /var/lib. */
  void write(String file, String content) {
    Path ours = directory.resolve("content");
    try {
      Files.writeString(ours, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ask("mkdir", "-p", Path.of(file).getParent().toString());
    ask("cp", ours.toString(), file);
  }

  /** Starts a program that stays. What it prints goes to NAME.log in the directory. */
  void daemon(String name, String... command) {
    try {
      Path log = directory.resolve(name + ".log");
      daemons.add(
          new ProcessBuilder(inside(command))
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a program there that is talked to; what it says of errors is not kept. */
  Process open(String... command) {
    try {
      return new ProcessBuilder(inside(command))
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a command succeeds there. */
  void await(String... command) {
    PodmanStore.Outcome[] last = new PodmanStore.Outcome[1];
    Wait.until(
        "it answers",
        () -> {
          last[0] = run(command);
          return last[0].exitCode() == 0;
        },
        () -> ": " + last[0]);
  }

  /** Runs a command there. */
  PodmanStore.Outcome run(String... command) {
    return PodmanStore.run(inside(command).toArray(String[]::new));
  }

  /** Runs a command that must succeed; what it printed. */
  String ask(String... command) {
    PodmanStore.Outcome outcome = run(command);
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    return outcome.output().trim();
  }

  private List<String> inside(String... command) {
    List<String> words = new ArrayList<>(List.of("/usr/bin/nsenter", "--mount", "--net"));
    words.addAll(List.of("--target", Long.toString(holder.pid())));
    // containerd leaves a directory with images behind for each checkpoint of Docker's.
    words.addAll(
        List.of("/usr/bin/env", "-i", "HOME=/root", "PATH=" + PATH, "TMPDIR=" + directory));
    words.addAll(List.of(command));
    return words;
  }

  @Override
  public void close() {
    try {
      for (Process daemon : daemons) {
        daemon.destroy();
        daemon.waitFor();
      }
      Wait.until("nothing runs there", () -> running().isEmpty(), () -> " but " + running());
      holder.outputWriter().close();
      holder.waitFor();
      removeCgroups();
      PathUtils.deleteDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    before.assertUnchanged();
  }

  /** Pids of what is in its mount namespace, but for the process that holds it. */
  private List<String> running() {
    List<String> pids = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      String ours = namespace(Path.of("/proc/" + holder.pid()));
      for (Path each : all) {
        if (ours.equals(namespace(each)) && !each.endsWith(Long.toString(holder.pid()))) {
          pids.add(each.getFileName() + " " + Files.readString(each.resolve("comm")).trim());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return pids;
  }

  private static String namespace(Path process) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/mnt")).toString();
    } catch (IOException e) {
      return "(it has ended)";
    }
  }

  /**
   * Engines leave the group that they were given for their containers. runc tries five times to
   * remove one that a task is still leaving, and on a busy machine that may not be enough.
   */
  private void removeCgroups() throws IOException {
    try (DirectoryStream<Path> hierarchies = Files.newDirectoryStream(CGROUPS)) {
      for (Path hierarchy : hierarchies) {
        Path group = hierarchy.resolve(cgroup);
        if (Files.isDirectory(group)) {
          removeCgroup(group);
        }
      }
    }
  }

  private static void removeCgroup(Path group) throws IOException {
    try (Stream<Path> all = Files.walk(group)) {
      for (Path each : all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        Path tasks = each.resolve("cgroup.procs");
        assertThat(Files.readAllLines(tasks)).as("tasks in %s", each).isEmpty();
        Files.delete(each);
      }
    }
  }
}
