// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers of an unmodified Podman and runc, with each engine under the name `criu`. */
class PodmanIT extends PodmanContainers {
  static Stream<Arguments> networksAndEngines() {
    return Stream.of("none", "host", "torpor")
        .flatMap(
            network -> Stream.of(Engine.values()).map(engine -> Arguments.of(network, engine)));
  }

  static Stream<Arguments> enginePairs() {
    return Stream.of(Engine.values())
        .flatMap(dump -> Stream.of(Engine.values()).map(restore -> Arguments.of(dump, restore)));
  }

  @ParameterizedTest(name = "network {0}, {1}")
  @MethodSource("networksAndEngines")
  void counterComesBackTwice(String network, Engine engine) {
    store.use(engine);
    startCounter(network);
    for (int round = 0; round < 2; round++) {
      int counted = counted();
      long pid = store.pidOf("counter");
      store.podman("container", "checkpoint", "counter");
      assertGone(pid);
      store.podman("container", "restore", "counter");
      assertCountGoesOn(counted);
    }
  }

  @ParameterizedTest(name = "network {0}, {1}")
  @MethodSource("networksAndEngines")
  void redisComesBackTwice(String network, Engine engine) {
    store.use(engine);
    RedisContainer redis = new RedisContainer(store, network);
    for (int round = 0; round < 2; round++) {
      String state = redis.state();
      long pid = store.pidOf("redis");
      store.podman("container", "checkpoint", "redis");
      assertGone(pid);
      store.podman("container", "restore", "redis");
      assertThat(redis.state()).isEqualTo(state);
    }
  }

  /**
   * What {@code --sysctl} says is set by the runtime when it starts a container, and never again.
   */
  @ParameterizedTest
  @ValueSource(strings = {"none", "torpor"})
  void settingsOfItsNetworkComeBack(String network) {
    store.use(Engine.TORPOR);
    Map<String, String> settings =
        Map.of(
            "net.ipv4.ip_unprivileged_port_start", "0",
            "net.core.somaxconn", "77",
            "net.ipv4.tcp_congestion_control", "reno",
            "net.ipv4.conf.all.rp_filter", "2");
    store.startWith(settings, "counter", network, "localhost/counter");
    Wait.until("the container counts", () -> counted() > 3);
    for (int round = 0; round < 2; round++) {
      int counted = counted();
      store.podman("container", "checkpoint", "counter");
      store.podman("container", "restore", "counter");
      assertCountGoesOn(counted);
      settings.forEach((name, value) -> assertThat(setting(name)).isEqualTo(value));
    }
  }

  private String setting(String name) {
    String path = "/proc/sys/" + name.replace('.', '/');
    return store.podman("exec", "counter", "cat", path);
  }

  /**
   * A file that is bound into the container and that an editor replaces on the host. CRIU dumps it
   * and cannot restore it, since there is a file of that name; from Torpor's images it can.
   */
  @ParameterizedTest
  @EnumSource
  void aBoundFileMayBeReplaced(Engine restorer) throws IOException {
    store.use(restorer);
    store.use(Engine.TORPOR);
    Path bound = Files.writeString(store.directory.resolve("bound"), "old");
    store.podman(
        "run",
        "--detach",
        "--name=counter",
        "--network=none",
        "--volume=" + bound + ":/data/bound",
        "--cgroup-parent=" + store.cgroupParent(),
        "localhost/counter");
    Wait.until("the container counts", () -> counted() > 3);
    Files.delete(bound);
    assertThat(store.tryPodman("container", "checkpoint", "counter").exitCode())
        .as("there would be nothing to bind")
        .isNotZero();
    int counted = counted();
    assertCountGoesOn(counted);
    Files.writeString(bound, "new");
    assertThat(store.podman("exec", "counter", "cat", "/data/bound")).isEqualTo("old");
    store.podman("container", "checkpoint", "counter");
    store.use(restorer);
    store.podman("container", "restore", "counter");
    assertThat(store.podman("exec", "counter", "cat", "/data/bound")).isEqualTo("new");
    assertCountGoesOn(counted);
  }

  /** The images of a container, too, are the same format whoever wrote them. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void enginesRestoreEachOthersContainers(Engine dumper, Engine restorer) {
    store.use(dumper);
    store.use(restorer);
    startCounter("none");
    RedisContainer redis = new RedisContainer(store, "none");
    String state = redis.state();
    int counted = counted();
    store.use(dumper);
    store.podman("container", "checkpoint", "counter", "redis");
    store.use(restorer);
    store.podman("container", "restore", "counter", "redis");
    assertThat(redis.state()).isEqualTo(state);
    assertCountGoesOn(counted);
  }

  @ParameterizedTest
  @EnumSource
  void comesBackFromAnArchive(Engine engine) {
    store.use(engine);
    startCounter("none");
    Path archive = store.directory.resolve("counter.tar.zst");
    for (int round = 0; round < 2; round++) {
      int counted = counted();
      store.podman("container", "checkpoint", "--export", archive.toString(), "counter");
      store.podman("rm", "counter");
      assertThat(store.podman("ps", "--all", "--quiet")).isEmpty();
      store.podman("container", "restore", "--import", archive.toString());
      assertCountGoesOn(counted);
    }
  }

  @ParameterizedTest
  @EnumSource
  void leaveRunningLeavesItRunning(Engine engine) {
    store.use(engine);
    startCounter("none");
    RedisContainer redis = new RedisContainer(store, "none");
    String state = redis.state();
    long pid = store.pidOf("counter");
    for (int round = 0; round < 2; round++) {
      int counted = counted();
      store.podman("container", "checkpoint", "--leave-running", "counter", "redis");
      assertThat(store.pidOf("counter")).isEqualTo(pid);
      assertThat(redis.state()).isEqualTo(state);
      assertCountGoesOn(counted);
    }
  }

  /** Podman passes it on to the dump and to the restore; there need not be a connection. */
  @ParameterizedTest
  @EnumSource
  void tcpEstablishedIsAccepted(Engine engine) {
    store.use(engine);
    RedisContainer redis = new RedisContainer(store, "none");
    String state = redis.state();
    store.podman("container", "checkpoint", "--tcp-established", "redis");
    store.podman("container", "restore", "--tcp-established", "redis");
    assertThat(redis.state()).isEqualTo(state);
  }

  /** Podman reads stats-dump and stats-restore for this. */
  @ParameterizedTest
  @EnumSource
  void statisticsAreThere(Engine engine) {
    store.use(engine);
    startCounter("none");
    assertThat(store.podman("container", "checkpoint", "--print-stats", "counter"))
        .contains("\"frozen_time\"", "\"pages_written\"");
    assertThat(store.podman("container", "restore", "--print-stats", "counter"))
        .contains("\"restore_time\"", "\"pages_restored\"");
  }

  /** In place, twice; its terminal goes on to be the one that Podman attaches to. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void terminalComesBackTwice(Engine dumper, Engine restorer) {
    store.use(dumper);
    store.use(restorer);
    startOnTerminal();
    for (int round = 0; round < 2; round++) {
      long pid = store.pidOf("terminal");
      store.use(dumper);
      store.podman("container", "checkpoint", "terminal");
      assertGone(pid);
      store.use(restorer);
      store.podman("container", "restore", "terminal");
      assertTerminalWorks("round " + round, 30 + round, 90 + round);
    }
  }

  @ParameterizedTest
  @EnumSource
  void terminalComesBackFromAnArchive(Engine engine) {
    store.use(engine);
    startOnTerminal();
    Path archive = store.directory.resolve("terminal.tar.zst");
    store.podman("container", "checkpoint", "--export", archive.toString(), "terminal");
    store.podman("rm", "terminal");
    store.podman("container", "restore", "--import", archive.toString());
    assertTerminalWorks("imported", 31, 91);
  }

  @ParameterizedTest
  @EnumSource
  void terminalStaysWithLeaveRunning(Engine engine) {
    store.use(engine);
    startOnTerminal();
    store.podman("container", "checkpoint", "--leave-running", "terminal");
    assertTerminalWorks("still there", 31, 91);
  }

  /** Says what it reads and, when it is told to, how large its window is. */
  private void startOnTerminal() {
    String[] shell = {"sh", "-c", "while read line; do echo \"got $line, $(stty size)\"; done"};
    store.startOnTerminal("terminal", "none", "localhost/counter", shell);
    assertTerminalWorks("hello", 29, 89);
  }

  private void assertTerminalWorks(String line, int rows, int columns) {
    store.type("terminal", line, rows, columns);
    String expected = "got " + line + ", " + rows + " " + columns;
    Wait.until(expected, () -> store.podman("logs", "terminal").contains(expected));
  }

  private void startCounter(String network) {
    store.start("counter", network, "localhost/counter");
    Wait.until("the container counts", () -> counted() > 3);
  }

  /** The lower one of the two last numbers. */
  private int counted() {
    Map<String, Integer> last = new HashMap<>(Map.of("parent", 0, "child", 0));
    for (String line : log()) {
      last.put(word(line), number(line));
    }
    return Math.min(last.get("parent"), last.get("child"));
  }

  private void assertCountGoesOn(int counted) {
    Wait.until("the container counts on from " + counted, () -> counted() > counted + 3);
    Map<String, Integer> last = new HashMap<>();
    for (String line : log()) {
      int previous = last.getOrDefault(word(line), 0);
      assertThat(number(line)).as("%s after %d", word(line), previous).isEqualTo(previous + 1);
      last.put(word(line), number(line));
    }
  }

  private List<String> log() {
    return store.podman("logs", "counter").lines().toList();
  }

  private static String word(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  private static int number(String line) {
    return Integer.parseInt(line.substring(line.indexOf(' ') + 1));
  }

  private static void assertGone(long pid) {
    assertThat(ProcessTree.exists(pid)).as("pid %d after the checkpoint", pid).isFalse();
  }
}
