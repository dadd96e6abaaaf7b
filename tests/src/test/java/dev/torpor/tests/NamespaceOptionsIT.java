// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Namespaces that are there before the restore: joined by {@code --join-ns}, or those of the dump
 * given again by descriptor, as runc does for a bundle whose namespaces have a path.
 */
class NamespaceOptionsIT {
  private static final String NET_KEY = "extRootNetNS";
  private static final String PID_KEY = "extRootPidNS";

  @TempDir Path directory;

  /** Holds the namespaces; the child of what it started is the init of the pid namespace. */
  private final Keeper holder = new Keeper();

  private long init;

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  @BeforeEach
  void hold() {
    long unshare =
        holder.start(
            directory,
            directory.resolve("holder-output"),
            List.of(
                "/usr/bin/unshare",
                "--net",
                "--ipc",
                "--uts",
                "--pid",
                "--fork",
                "--kill-child",
                "/bin/sleep",
                "600"));
    Wait.until("the namespaces are there", () -> !ProcessTree.childrenOf(unshare).isEmpty());
    init = ProcessTree.childrenOf(unshare).get(0);
    Wait.until("their init is there", () -> ProcessTree.nameOf(init).equals("sleep"));
  }

  @AfterEach
  void letGo() {
    holder.close();
  }

  private static StatusFileSubject started(String... how) {
    List<String> program = new ArrayList<>(List.of(how));
    program.addAll(List.of(Settings.program("memory").toString(), "DIR", "4"));
    return new StatusFileSubject("memory", program, true, true);
  }

  private static Path namespace(long pid, String kind) {
    return Path.of("/proc/" + pid + "/ns/" + kind);
  }

  private static String nameOf(long pid, String kind) throws IOException {
    return Files.readSymbolicLink(namespace(pid, kind)).toString();
  }

  private static String inode(String name) {
    return name.substring(name.indexOf('[') + 1, name.indexOf(']'));
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void joinsNamespaces(Engine dumper, Engine restorer) throws IOException {
    StatusFileSubject subject = started("/usr/bin/unshare", "--net", "--ipc", "--uts");
    try (Running running = new Running(subject)) {
      String own = nameOf(running.root, "net");
      assertThat(own).isNotEqualTo(nameOf(init, "net"));
      succeed(dumper.dump(running.keeper, running.root, running.images));
      running.awaitGone();
      long before = running.progress();
      List<String> options = new ArrayList<>();
      for (String kind : List.of("net", "ipc", "uts")) {
        options.addAll(List.of("--join-ns", kind + ":" + namespace(init, kind)));
      }
      succeed(restorer.restore(running.keeper, running.images, options.toArray(String[]::new)));
      running.awaitProgress(before, 3);
      for (String kind : List.of("net", "ipc", "uts")) {
        assertThat(nameOf(running.root, kind)).isEqualTo(nameOf(init, kind));
      }
    }
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void isBornInGivenNamespaces(Engine dumper, Engine restorer) throws IOException {
    try (Running running = new Running(entered())) {
      long task = ProcessTree.childrenOf(running.root).get(0);
      dumpEntered(dumper, running, task);
      long before = running.progress();
      Path pidFile = running.images.resolve("pid");
      succeed(
          restoreWith(restorer, running, namespace(init, "net"), namespace(init, "pid"), pidFile));
      running.awaitProgress(before, 3);
      long restored = Long.parseLong(Files.readString(pidFile).trim());
      assertThat(nameOf(restored, "net")).isEqualTo(nameOf(init, "net"));
      assertThat(nameOf(restored, "pid")).isEqualTo(nameOf(init, "pid"));
      assertThat(ProcessTree.tracerOf(restored)).isZero();
    }
  }

  /** Its session is its own; that of nsenter is outside of the pid namespace. */
  private StatusFileSubject entered() {
    return started(
        "/usr/bin/nsenter", "--target", Long.toString(init), "--net", "--pid", "/usr/bin/setsid");
  }

  private void dumpEntered(Engine dumper, Running running, long task) throws IOException {
    succeed(
        dumper.dump(
            running.keeper,
            task,
            running.images,
            "--external",
            "net[" + inode(nameOf(init, "net")) + "]:" + NET_KEY,
            "--external",
            "pid[" + inode(nameOf(init, "pid")) + "]:" + PID_KEY));
    running.awaitGone();
  }

  /** The shell opens the descriptors that an engine would have. */
  private static Engine.Outcome restoreWith(
      Engine restorer, Running running, Path net, Path pid, Path pidFile) throws IOException {
    Path output = running.directory.resolve("restore-output");
    List<String> command =
        List.of(
            "/bin/bash",
            "-c",
            "exec 8<\"$1\" 9<\"$2\"; shift 2; exec \"$@\"",
            "restore",
            net.toString(),
            pid.toString(),
            restorer.binary().toString(),
            "restore",
            "-d",
            "-D",
            running.images.toString(),
            "-v4",
            "-o",
            "restore.log",
            "--pidfile",
            pidFile.toString(),
            "--inherit-fd",
            "fd[8]:" + NET_KEY,
            "--inherit-fd",
            "fd[9]:" + PID_KEY);
    int exitCode = running.keeper.run(running.directory, output, command);
    String log = Files.readString(running.images.resolve("restore.log"));
    return new Engine.Outcome(command, exitCode, Files.readString(output), log);
  }

  @Test
  void descriptorOfAnotherKindIsRefused() throws IOException {
    try (Running running = new Running(entered())) {
      dumpEntered(Engine.TORPOR, running, ProcessTree.childrenOf(running.root).get(0));
      Engine.Outcome outcome =
          restoreWith(
              Engine.TORPOR,
              running,
              namespace(init, "net"),
              namespace(init, "uts"),
              running.images.resolve("pid"));
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.output())
          .contains("--inherit-fd fd[9]:" + PID_KEY)
          .contains("this is no pid namespace")
          .contains("/proc/PID/ns/pid");
      assertThat(running.keeper.children()).isEmpty();
    }
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }
}
