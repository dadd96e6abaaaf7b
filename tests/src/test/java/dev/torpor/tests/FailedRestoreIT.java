// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.image.proto.criu_cg_mode;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A restore that fails by itself, at whatever step, ends with CRIU's exit code and one line that
 * names the object and the way out, and leaves nothing; once what stood in its way is gone, the
 * same restore works.
 */
class FailedRestoreIT {
  /** A few tasks, some of them ended, in namespaces of their own. */
  static Subject subject() {
    List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--net", "--ipc", "--uts"));
    command.addAll(StatusFileSubject.compiled("zombies").program());
    return new StatusFileSubject("zombies", command, true, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pre-restore", "setup-namespaces", "post-setup-namespaces", "post-restore"})
  void scriptForbidsIt(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = dumped.restore("--action-script", dumped.script(step, "exit 3"));
      outcome.assertRefused("the " + step + " script failed");
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** Here they cannot forbid it; nor do CRIU's. */
  @ParameterizedTest
  @ValueSource(strings = {"network-unlock", "pre-resume", "post-resume"})
  void scriptFailsAtTheEnd(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      dumped.assertRestores("--action-script", dumped.script(step, "exit 3"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"setup-namespaces", "post-restore", "network-unlock", "pre-resume"})
  void taskIsKilledMeanwhile(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome =
          dumped.restore("--action-script", dumped.script(step, "kill -KILL $CRTOOLS_INIT_PID"));
      outcome.assertRefused("task " + dumped.running.root + " died while it was restored");
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** As container engines restore, by a client that forbids a step. */
  @ParameterizedTest
  @ValueSource(
      strings = {"pre-restore", "setup-namespaces", "post-setup-namespaces", "post-restore"})
  void clientForbidsIt(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = restoreFor(Engine.TORPOR, "refuse", step, dumped);
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.log()).contains("RPC client reported a failure of " + step);
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** Nobody hears that the restore was a success: then it is none, or a second one would follow. */
  @ParameterizedTest
  @CsvSource({
    "hang-up, pre-restore",
    "hang-up, setup-namespaces",
    "hang-up, post-setup-namespaces",
    "hang-up, post-restore",
    "hang-up, network-unlock",
    "hang-up, pre-resume",
    "hang-up, post-resume",
    "leave, pre-resume",
    "leave, post-resume",
    "garbage, pre-resume",
    "garbage, post-resume"
  })
  void clientGoesAway(String deed, String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = restoreFor(Engine.TORPOR, deed, step, dumped);
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      if (!deed.equals("garbage")) {
        assertThat(outcome.output()).contains("nobody hears the answer");
      }
      dumped.assertNothingLeft(deed + " at " + step);
      dumped.assertRestores();
    }
  }

  /** It is frozen again when nothing is left to be done in it, and ends in spite of that. */
  @ParameterizedTest
  @EnumSource(Hierarchy.class)
  void frozenTreeIsNotRestored(Hierarchy hierarchy) throws IOException {
    assumeTrue(hierarchy.isThere(), "not mounted");
    try (Dumped dumped = new Dumped(subject(), hierarchy, true)) {
      restoreFor(Engine.TORPOR, "garbage", "post-resume", dumped);
      dumped.assertNothingLeft("garbage at post-resume");
      Engine.Outcome killed =
          dumped.restore("--action-script", dumped.script("post-resume", Dumped.KILL_ENGINE));
      assertThat(killed.exitCode()).as("%s", killed).isEqualTo(128 + 9);
      dumped.assertNothingLeft("killed at post-resume");
      dumped.restore().assertSucceeded();
      assertThat(hierarchy.isFrozen(dumped.cgroup)).isTrue();
      hierarchy.thaw(dumped.cgroup);
      dumped.assertWhole("thawed");
      dumped.end();
    }
  }

  /** One of runc, with a pid namespace and mounts of its own; scripts come from a configuration. */
  @ParameterizedTest
  @CsvSource({
    "setup-namespaces, exit 3",
    "post-restore, exit 3",
    "network-unlock, kill -KILL $CRTOOLS_INIT_PID",
    "pre-resume, kill -KILL $CRTOOLS_INIT_PID",
    "setup-namespaces, " + Dumped.KILL_ENGINE,
    "pre-resume, " + Dumped.KILL_ENGINE,
    "post-resume, " + Dumped.KILL_ENGINE
  })
  void containerIsNotRestored(String step, String deed) throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of())) {
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
      Path configuration = bundle.engineConfiguration();
      Files.createFile(configuration);
      bundle.run();
      bundle.checkpoint(Engine.TORPOR);
      Machine before = Machine.now();
      Path script = configuration.resolveSibling("script");
      Files.writeString(configuration, "action-script " + Dumped.script(script, step, deed));
      bundle.failToRestore(Engine.TORPOR);
      before.assertUnchanged();
      Files.writeString(configuration, "");
      bundle.restore(Engine.TORPOR);
    }
  }

  /** Group and session keep a number taken as a process does. */
  @ParameterizedTest
  @ValueSource(strings = {"", "group"})
  void pidOfAChildIsTaken(String by) throws IOException {
    try (Dumped dumped = new Dumped(subject());
        Keeper other = new Keeper()) {
      long child = dumped.pids.stream().mapToLong(Long::longValue).max().orElseThrow();
      List<String> command = new ArrayList<>();
      command.addAll(List.of(Settings.program("take-pid").toString(), Long.toString(child)));
      if (!by.isEmpty()) {
        command.add(by);
      }
      long taker = other.start(dumped.running.directory, Path.of("/dev/null"), command);
      Wait.until(
          "the number is taken",
          () -> {
            List<Long> children = ProcessTree.childrenOf(taker);
            return !children.isEmpty() && children.contains(child) == by.isEmpty();
          });
      long holder = ProcessTree.childrenOf(taker).get(0);
      assertRefusedAtOnce(
          dumped,
          "its number " + child + " is taken",
          "'take-pid'",
          by.isEmpty() ? "end it" : "process group",
          "new pid namespace");
      assertThat(ProcessTree.lives(holder)).isTrue();
      ProcessHandle.of(holder).ifPresent(ProcessHandle::destroyForcibly);
      other.awaitExit(taker);
      dumped.assertNothingLeft("pid taken");
      dumped.assertRestores();
    }
  }

  /** The kernel only says that the number is taken. */
  @Test
  void pidOfAChildIsAZombies() throws IOException {
    try (Dumped dumped = new Dumped(subject());
        Keeper other = new Keeper()) {
      long child = dumped.pids.stream().mapToLong(Long::longValue).max().orElseThrow();
      List<String> command =
          List.of(Settings.program("take-pid").toString(), Long.toString(child), "zombie");
      long taker = other.start(dumped.running.directory, Path.of("/dev/null"), command);
      Wait.until("it has ended", () -> ProcessTree.exists(child) && !ProcessTree.lives(child));
      Engine.Outcome outcome = dumped.restore();
      outcome.assertRefused(
          "starting task " + child,
          "its number is still that of 'take-pid', which has ended",
          "parent 'take-pid' (pid " + taker + ")",
          "try again");
      ProcessHandle.of(taker).ifPresent(ProcessHandle::destroyForcibly);
      other.awaitExit(taker);
      Wait.until("it is reaped", () -> !ProcessTree.exists(child));
      dumped.assertNothingLeft("pid taken by a zombie");
      dumped.assertRestores();
    }
  }

  @Test
  void openFileIsMissing() throws IOException {
    refusedWhileOpenFileIsChanged(Files::delete, "ENOENT");
  }

  @Test
  void openFileHasAnotherSize() throws IOException {
    refusedWhileOpenFileIsChanged(data -> Files.writeString(data, "other data\n"), "size");
  }

  @FunctionalInterface
  private interface Change {
    void to(Path file) throws IOException;
  }

  private static void refusedWhileOpenFileIsChanged(Change change, String why) throws IOException {
    try (Dumped dumped = new Dumped(listener())) {
      Path data = dumped.running.directory.resolve("data");
      change.to(data);
      Engine.Outcome outcome = dumped.restore();
      outcome.assertRefused(data.toString(), why);
      assertCleanUntil(dumped, outcome);
      Files.writeString(data, "data\n");
      dumped.assertRestores();
    }
  }

  @Test
  void portIsTaken() throws IOException {
    try (Dumped dumped = new Dumped(listener())) {
      int port = Integer.parseInt(dumped.running.state().substring("port=".length()));
      try (ServerSocket other = new ServerSocket()) {
        other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        assertRefusedAtOnce(
            dumped, "127.0.0.1:" + port, "EADDRINUSE", "network namespace of its own");
      }
      dumped.assertNothingLeft("port taken");
      dumped.assertRestores();
    }
  }

  @Test
  void nameOfAUnixSocketIsTaken() throws IOException {
    try (Dumped dumped = new Dumped(listener())) {
      Path socket = dumped.running.directory.resolve("socket");
      Files.deleteIfExists(socket);
      Files.writeString(socket, "no socket");
      assertRefusedAtOnce(dumped, socket.toString(), "no socket", "move it away");
      dumped.assertNothingLeft("path taken");
      assertThat(socket).hasContent("no socket");
      Files.delete(socket);
      dumped.assertRestores();
    }
  }

  @Test
  void abstractNameIsTaken() throws IOException {
    refusedWhileTaken(
        "abstract_name",
        dumped -> "torpor-test-" + dumped.running.root,
        "@torpor-test-",
        "another socket has this name");
  }

  /** As a server has it that was started anew meanwhile. */
  @ParameterizedTest
  @ValueSource(strings = {"SOCK_STREAM", "SOCK_DGRAM"})
  void pathOfAUnixSocketIsAServers(String type) throws IOException {
    refusedWhileTakenBy(
        type,
        "named_listener",
        dumped -> dumped.running.directory + "/named",
        "another process has a socket at ",
        "/named: end it");
  }

  /** It would be bound to the name it had at first, and then be given this one. */
  @ParameterizedTest
  @ValueSource(strings = {"renamed", "linked", "temporary"})
  void pathOfARenamedUnixSocketIsAServers(String name) throws IOException {
    refusedWhileTakenBy(
        "SOCK_STREAM",
        "unix_moved_names",
        dumped -> dumped.running.directory + "/" + name,
        "another process has a socket at ",
        "/" + name + ": end it");
  }

  @Test
  void terminalIsTaken() throws IOException {
    refusedWhileTaken(
        "terminal",
        dumped -> dumped.running.state().substring("state=".length()),
        "another process has pts/",
        "fuser /dev/pts/");
  }

  private static void refusedWhileTaken(
      String kind, Function<Dumped, String> name, String... message) throws IOException {
    refusedWhileTakenBy("SOCK_STREAM", kind, name, message);
  }

  private static void refusedWhileTakenBy(
      String type, String kind, Function<Dumped, String> name, String... message)
      throws IOException {
    try (Dumped dumped = new Dumped(StatusFileSubject.object(kind));
        Keeper other = new Keeper()) {
      Path output = dumped.running.directory.resolve("taker");
      String program = Settings.source("scripts/take.py").toString();
      List<String> take = List.of("/usr/bin/python3", program, name.apply(dumped), type);
      long pid = other.start(dumped.running.directory, output, take);
      Wait.until("it is taken", () -> contentOf(output).equals("taken\n"));
      assertRefusedAtOnce(dumped, message);
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      other.awaitExit(pid);
      dumped.assertNothingLeft(kind);
      dumped.assertRestores();
    }
  }

  private static String contentOf(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of the caller; a limit that can be raised again is none. */
  @ParameterizedTest
  @ValueSource(strings = {"-Sn 256", "-n 256"})
  void fewDescriptorsAreAllowed(String limit) throws IOException {
    try (Dumped dumped = new Dumped(listener())) {
      Engine.Outcome outcome = dumped.restoreAfter(List.of("ulimit " + limit));
      if (limit.startsWith("-S")) {
        outcome.assertSucceeded();
        dumped.end();
      } else {
        outcome.assertRefused("descriptor numbers up to 7", "RLIMIT_NOFILE is 256", "ulimit -n");
        assertCleanUntil(dumped, outcome);
      }
      dumped.assertRestores();
    }
  }

  /** More tasks than the guardian may have descriptors. The tree has the same limit. */
  @Test
  void fewDescriptorsAreAllowedForManyTasks() throws IOException {
    List<String> limited = List.of("/bin/sh", "-c", "ulimit -n 128; exec \"$@\"", "sh");
    List<String> command = new ArrayList<>(limited);
    command.addAll(StatusFileSubject.compiled("family", "150").program());
    try (Dumped dumped = new Dumped(new StatusFileSubject("family", command, true, true))) {
      Engine.Outcome outcome = dumped.restoreAfter(List.of("ulimit -n 128"));
      outcome.assertRefused("guardian", "ulimit -n");
      assertCleanUntil(dumped, outcome);
      dumped.assertRestores();
    }
  }

  @Test
  void fewTasksAreAllowed() throws IOException {
    Path cgroup = Path.of("/sys/fs/cgroup/pids/torpor-test-" + ProcessHandle.current().pid());
    assumeTrue(Files.isDirectory(cgroup.getParent()), "no pids controller of cgroup v1");
    try (Dumped dumped = new Dumped(StatusFileSubject.compiled("threads", "200"))) {
      Files.createDirectory(cgroup);
      try {
        Files.writeString(cgroup.resolve("pids.max"), "100");
        Engine.Outcome outcome =
            dumped.restoreAfter(
                List.of("echo $$ > " + cgroup.resolve("cgroup.procs")), "--manage-cgroups=ignore");
        outcome.assertRefused("EAGAIN", "pids.max");
        outcome.assertLogged();
        for (long pid : dumped.pids) {
          assertThat(ProcessTree.lives(pid)).isFalse();
        }
      } finally {
        Wait.until("the cgroup is empty", () -> cgroup.toFile().delete());
      }
      dumped.assertNothingLeft("few tasks");
      dumped.assertRestores();
    }
  }

  /** Not even the first script was told, which is before the first task is made. */
  private static void assertRefusedAtOnce(Dumped dumped, String... message) throws IOException {
    Path told = dumped.running.directory.resolve("told");
    String script = dumped.script("pre-restore", "touch " + told);
    Engine.Outcome outcome = dumped.restore("--action-script", script);
    outcome.assertRefused(message);
    outcome.assertLogged();
    assertThat(told).doesNotExist();
  }

  private static Subject listener() {
    return StatusFileSubject.compiled("listener");
  }

  private static void assertCleanUntil(Dumped dumped, Engine.Outcome outcome) {
    outcome.assertLogged();
    dumped.assertNothingLeft(outcome.output());
  }

  private static Engine.Outcome restoreFor(Engine engine, String deed, String step, Dumped dumped)
      throws IOException {
    Path request = dumped.running.directory.resolve("request");
    Path config = dumped.running.directory.resolve("config");
    Files.writeString(config, "pidfile " + dumped.pidfile + "\n");
    criu_opts.Builder opts =
        criu_opts
            .newBuilder()
            .setImagesDirFd(-1)
            .setImagesDir(dumped.running.images.toString())
            .setLogFile("restore.log")
            .setLogLevel(4)
            .setNotifyScripts(true)
            .setRstSibling(true)
            .setManageCgroups(true)
            .setManageCgroupsMode(criu_cg_mode.SOFT)
            .setConfigFile(config.toString());
    Files.write(
        request,
        criu_req.newBuilder().setType(criu_req_type.RESTORE).setOpts(opts).build().toByteArray());
    return engine.runAfter(
        List.of(),
        List.of(Settings.program("swrk-client").toString(), step, deed, request.toString()),
        dumped.running.keeper,
        dumped.running.images,
        "restore.log",
        List.of());
  }
}
