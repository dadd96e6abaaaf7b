// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that are restored into namespaces which are there already, by the command line. */
class GivenNamespacesIT {
  private static final List<String> JOINED = List.of("net", "ipc", "uts");

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  /** Dumped in namespaces of its own, and restored into others by {@code --join-ns}. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void joins(Engine dumper, Engine restorer) throws IOException {
    List<String> unshare = List.of("/usr/bin/unshare", "--net", "--ipc", "--uts");
    try (Holder holder = new Holder();
        Running running = new Running(within(unshare, "threads", "2"))) {
      List<String> options = new ArrayList<>();
      for (String kind : JOINED) {
        // By path and by pid.
        String place = kind.equals("ipc") ? Long.toString(holder.pid) : holder.path(kind);
        options.addAll(List.of("--join-ns", kind + ":" + place));
      }
      long pid = move(running, running.root, dumper, List.of(), restorer, List.of(), options);
      for (String kind : JOINED) {
        assertThat(Holder.namespaceOf(pid, kind)).isEqualTo(Holder.namespaceOf(holder.pid, kind));
      }
    }
  }

  /**
   * Dumped in namespaces that the dump is told are outside, and restored with their descriptors; as
   * runc does it for namespaces given by path.
   */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void livesInNamespacesGivenByDescriptor(Engine dumper, Engine restorer) throws IOException {
    try (Holder holder = new Holder();
        Running running = new Running(within(enter(holder), "zombies"))) {
      List<String> external =
          List.of(
              "--external",
              holder.option("net") + ":extRootNetNS",
              "--external",
              holder.option("pid") + ":extRootPidNS");
      List<String> inherited =
          List.of("--inherit-fd", "fd[8]:extRootNetNS", "--inherit-fd", "fd[9]:extRootPidNS");
      long root = ProcessTree.childrenOf(running.root).get(0);
      String numbers = ownPidOf(root);
      long pid =
          move(
              running,
              root,
              dumper,
              external,
              restorer,
              List.of("exec 8<" + holder.path("net"), "exec 9<" + holder.path("pid")),
              inherited);
      for (String kind : List.of("net", "pid")) {
        assertThat(Holder.namespaceOf(pid, kind)).isEqualTo(Holder.namespaceOf(holder.pid, kind));
      }
      assertThat(ownPidOf(pid)).isEqualTo(numbers);
    }
  }

  /**
   * Runtimes set what {@code --sysctl} says when they start a container, and never again. The given
   * namespace is a new one here; somebody has chosen one of its settings since.
   */
  @Test
  void settingsComeBackIntoANewOne() throws IOException {
    try (Holder old = new Holder();
        Holder fresh = new Holder();
        Running running =
            new Running(
                within(
                    List.of(
                        "/usr/bin/nsenter",
                        "--net=" + old.path("net"),
                        "/bin/sh",
                        "-ec",
                        "sysctl -q net.core.somaxconn=77 net.ipv4.tcp_fin_timeout=11"
                            + " net.ipv4.ip_unprivileged_port_start=0"
                            + " net.ipv4.conf.all.rp_filter=2; exec \"$@\"",
                        "sh"),
                    "threads",
                    "2"))) {
      setting(running, fresh, "net.ipv4.tcp_fin_timeout=22");
      move(
          running,
          running.root,
          Engine.TORPOR,
          List.of("--external", old.option("net") + ":extRootNetNS"),
          Engine.TORPOR,
          List.of("exec 8<" + fresh.path("net")),
          List.of("--inherit-fd", "fd[8]:extRootNetNS"));
      assertThat(setting(running, fresh, "net.core.somaxconn")).endsWith("= 77\n");
      assertThat(setting(running, fresh, "net.ipv4.ip_unprivileged_port_start")).endsWith("= 0\n");
      assertThat(setting(running, fresh, "net.ipv4.conf.all.rp_filter")).endsWith("= 2\n");
      assertThat(setting(running, fresh, "net.ipv4.tcp_fin_timeout")).endsWith("= 22\n");
      assertThat(Files.readString(running.images.resolve("restore.log")))
          .contains(
              "the network namespace that was given has net.ipv4.tcp_fin_timeout = 22, where the"
                  + " tree had 11; it is left as it is");
    }
  }

  private static String setting(Running running, Holder holder, String text) throws IOException {
    Path output = running.directory.resolve("setting");
    List<String> command = List.of("nsenter", "--net=" + holder.path("net"), "sysctl", text);
    assertThat(running.keeper.run(running.directory, output, command)).isZero();
    String answer = Files.readString(output);
    Files.delete(output);
    return answer;
  }

  /** Nothing is started for an option that cannot be followed. */
  @ParameterizedTest
  @CsvSource({
    "net:/nonexistent, ENOENT",
    "net:/proc/self/ns/uts, this is no net namespace",
    "net:/dev/null, this is no net namespace",
    "pid:/proc/self/ns/pid, --external pid[INODE]:KEY",
    "nut:/proc/self/ns/net, no such kind"
  })
  void refusesWhatItCannotJoin(String option, String reason) throws IOException {
    try (Running running =
        new Running(within(List.of("/usr/bin/unshare", "--net"), "threads", "2"))) {
      succeed(Engine.TORPOR.dump(running.keeper, running.root, running.images));
      running.awaitGone();
      Engine.Outcome outcome =
          Engine.TORPOR.restore(running.keeper, running.images, "--join-ns", option);
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.log()).contains("--join-ns " + option, reason).doesNotContain("EINVAL");
      assertThat(running.keeper.children()).isEmpty();
    }
  }

  /** The same for both. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void refusesToJoinWhatIsToBeEmpty(Engine engine) throws IOException {
    Path images = Files.createTempDirectory("torpor-images-");
    try (Keeper keeper = new Keeper()) {
      Engine.Outcome outcome =
          engine.restore(keeper, images, "--empty-ns", "net", "-J", "net:/proc/self/ns/net");
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.toString()).contains("--join-ns", "--empty-ns");
    } finally {
      Files.deleteIfExists(images.resolve("restore.log"));
      Files.delete(images);
    }
  }

  private static List<String> enter(Holder holder) {
    return List.of(
        "/usr/bin/nsenter", "-t", Long.toString(holder.pid), "--net", "--pid", "/usr/bin/setsid");
  }

  private static Subject within(List<String> prefix, String program, String... arguments) {
    StatusFileSubject plain = StatusFileSubject.compiled(program, arguments);
    List<String> command = new ArrayList<>(prefix);
    command.addAll(plain.program());
    return new StatusFileSubject(program, command, true, true);
  }

  /** Dumps and restores; the restorer is started by a shell that has done {@code before}. */
  private static long move(
      Running running,
      long root,
      Engine dumper,
      List<String> dumpOptions,
      Engine restorer,
      List<String> before,
      List<String> restoreOptions)
      throws IOException {
    String state = running.state();
    long earlier = running.progress();
    succeed(dumper.dump(running.keeper, root, running.images, dumpOptions.toArray(String[]::new)));
    running.awaitGone();
    running.subject.forget(running.directory);
    Path pidFile = running.images.resolve("pid");
    List<String> arguments =
        new ArrayList<>(List.of("restore", "-d", "-D", running.images.toString()));
    arguments.addAll(List.of("-v4", "-o", "restore.log", "--pidfile", pidFile.toString()));
    arguments.addAll(restoreOptions);
    succeed(restorer.runAfter(before, running.keeper, running.images, "restore.log", arguments));
    running.awaitReport();
    assertThat(running.progress()).isGreaterThanOrEqualTo(earlier);
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
    long pid = Long.parseLong(Files.readString(pidFile).trim());
    Wait.until("only the tree is left", () -> running.keeper.children().equals(List.of(pid)));
    return pid;
  }

  /** The pid as the task itself knows it. */
  private static String ownPidOf(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("NSpid:")) {
        return line.substring(line.lastIndexOf('\t') + 1);
      }
    }
    throw new AssertionError("no NSpid of " + pid);
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }
}
