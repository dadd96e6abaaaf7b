// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers of an unmodified Podman and runc that say by annotations what their checkpoints need.
 * The program holds a flock(2) and counts through a TCP connection: Podman has flags for both, and
 * is given none.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HooksIT {
  private static final String COUNT_THROUGH_TCP =
      "busybox nc -l -p 4000 -e cat & sleep 1; n=0;"
          + " while :; do n=$((n + 1)); echo $n; sleep 0.1; done | busybox nc 127.0.0.1 4000";

  private static final String[] BOTH = {"torpor.tcp=established", "torpor.file-locks=true"};
  private static final String BOTH_OPTIONS = "file-locks=true,tcp=established";

  private Machine before;
  private HookedPodman podman;

  @BeforeAll
  void makeStore() {
    before = Machine.now();
    podman = new HookedPodman();
  }

  @AfterAll
  void removeStore() {
    podman.close();
    before.assertUnchanged();
  }

  @AfterEach
  void removeContainers() {
    podman.podman("rm", "--all", "--force", "--time", "0");
  }

  @Test
  void annotationsStandForFlags() throws IOException {
    start("counter", BOTH);
    for (int round = 0; round < 2; round++) {
      assertListed("counter", round > 0);
      int counted = counted("counter");
      podman.podman("container", "checkpoint", "counter");
      assertThat(listed()).isEmpty();
      podman.podman("container", "restore", "counter");
      assertCountGoesOn("counter", counted);
      assertLocked("counter");
    }
    assertListed("counter", true);
  }

  /** So that the annotations, and not their luck, bring it back. */
  @Test
  void withoutThemTheCheckpointIsRefused() throws IOException {
    start("counter");
    assertThat(podman.tryPodman("container", "checkpoint", "counter").exitCode()).isNotZero();
    assertThat(listed()).hasSize(1);
    assertThat(listed().get(0).has("restored")).as("that no hook has seen").isFalse();
    assertThat(podman.podman("inspect", "counter")).doesNotContain("org.criu.config");
  }

  /**
   * The other host has never heard of these annotations: no file is there, no hook runs in time.
   */
  @Test
  void archiveBringsItsOptionsAlong() throws IOException {
    start("counter", BOTH);
    String archive = podman.store.directory.resolve("counter.tar.zst").toString();
    podman.podman("container", "checkpoint", "--export", archive, "counter");
    podman.podman("rm", "counter");
    Files.delete(HookedPodman.OPTIONS.resolve(BOTH_OPTIONS));
    podman.podman("container", "restore", "--import", archive, "--name", "elsewhere");
    // The file with what was printed is not in the archive.
    assertCountGoesOn("elsewhere", 0);
    assertLocked("elsewhere");
    assertListed("elsewhere", true);
    assertThat(HookedPodman.OPTIONS.resolve(BOTH_OPTIONS))
        .hasContent("file-locks\ntcp-established\nno-tcp-close\n");
    podman.podman("container", "checkpoint", "elsewhere");
    podman.podman("container", "restore", "elsewhere");
    assertLocked("elsewhere");
  }

  @Test
  void wrongAnnotationKeepsTheContainerFromStarting() throws IOException {
    PodmanStore.Outcome outcome = tryRun("torpor.tcp=open");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output())
        .contains("annotation torpor.tcp cannot be 'open': it takes established or close");
    assertThat(HookedPodman.names(HookedPodman.OPTIONS)).doesNotContain("tcp=open");
    assertThat(listed()).isEmpty();
  }

  @Test
  void configurationOfOnesOwnLeavesNoRoomForAnnotations() {
    PodmanStore.Outcome outcome = tryRun("torpor.tcp=close", "org.criu.config=/etc/criu/mine.conf");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output())
        .contains("annotation org.criu.config names /etc/criu/mine.conf, so that annotations");
  }

  @Test
  void oneThatOnlyWantsToBeListedIsNotChanged() throws IOException {
    start("counter", "torpor.checkpoint=true");
    assertListed("counter", false);
    assertThat(podman.podman("inspect", "counter")).doesNotContain("org.criu.config");
  }

  /** No hook runs for either end, that of the engine and that of the container behind it. */
  @Test
  void onlyTheProcessTellsWhetherAContainerLives() throws IOException {
    // One that says nothing: who wrote to the engine would end with it.
    List<String> arguments = run("torpor.checkpoint=true");
    arguments.addAll(List.of("--detach", "--name", "quiet", "localhost/counter", "sleep", "1000"));
    podman.podman(arguments.toArray(String[]::new));
    long pid = podman.store.pidOf("quiet");
    String id = podman.podman("inspect", "--format", "{{.Id}}", "quiet");
    String monitor = podman.podman("inspect", "--format", "{{.ConmonPidFile}}", "quiet");
    kill(Long.parseLong(Files.readString(Path.of(monitor)).trim()));
    assertListed("quiet", false);
    kill(pid);
    Wait.until("it has ended", () -> isZombieOrGone(pid));
    assertThat(listed()).isEmpty();
    HookedPodman.torpor("hook", "poststop");
    assertThat(HookedPodman.names(HookedPodman.CONTAINERS)).noneMatch(name -> isOf(name, pid));
    // Podman cannot remove it before its new parent has reaped it.
    Wait.until("it is reaped", () -> !ProcessTree.exists(pid));
    podman.podman("rm", "--force", "--time", "0", "quiet");
    assertRemovedByRuntime(id);
  }

  /** Of one whose conmon was killed, Podman leaves the runtime's directory behind. */
  private static void assertRemovedByRuntime(String id) {
    PodmanStore.run("runc", "delete", "--force", id);
    assertThat(HookedPodman.names(Path.of("/run/runc"))).doesNotContain(id);
  }

  /** Only the launcher, without Java to judge what it finds, and what is no JSON. */
  @Test
  void faultOfOursKeepsNoContainerFromStarting(@TempDir Path directory) throws Exception {
    Path launcher = Files.createDirectory(directory.resolve("bin")).resolve("torpor");
    Files.copy(Settings.torpor().toRealPath(), launcher);
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    String rest = "\"torpor.ghost-limit\":\"7M\"}, \"b\": [1e3]}";
    String config = "{\"a\": \"}\\\"{\", \"annotations\": {" + rest;
    String added = "\"org.criu.config\":\"/run/torpor/options/ghost-limit=7M\",";
    String configured = config.replace(rest, added + rest);
    assertThat(hook(launcher, "precreate", config)).isEqualTo(configured);
    assertThat(hook(launcher, "createRuntime", configured)).isEmpty();
    assertThat(HookedPodman.names(HookedPodman.OPTIONS)).doesNotContain("ghost-limit=7M");
    for (String text : new String[] {"", "{", "[]", "{\"annotations\":", "{\"annotations\":{\"a"}) {
      assertThat(hook(launcher, "precreate", text)).isEqualTo(text);
      assertThat(hook(launcher, "createRuntime", text)).isEmpty();
    }
  }

  /** Runs a hook, which must succeed, and returns what it printed. */
  private static String hook(Path torpor, String stage, String input) throws Exception {
    Process process =
        new ProcessBuilder(torpor.toString(), "hook", stage)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.getOutputStream().write(input.getBytes(UTF_8));
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(stage).isZero();
    return output;
  }

  private void start(String name, String... annotations) {
    List<String> arguments = run(annotations);
    arguments.addAll(
        List.of("--detach", "--name", name, "--volume", "/usr/bin/flock:/bin/flock:ro"));
    arguments.addAll(List.of("localhost/redis", "flock", "/data/lock", "sh", "-c"));
    arguments.add(COUNT_THROUGH_TCP);
    podman.podman(arguments.toArray(String[]::new));
    Wait.until("the container counts", () -> counted(name) > 3);
  }

  private PodmanStore.Outcome tryRun(String... annotations) {
    List<String> arguments = run(annotations);
    arguments.addAll(List.of("--rm", "localhost/counter", "echo"));
    return podman.tryPodman(arguments.toArray(String[]::new));
  }

  private List<String> run(String... annotations) {
    List<String> arguments = new ArrayList<>(List.of("run", "--network", "none"));
    arguments.addAll(List.of("--cgroup-parent", podman.store.cgroupParent()));
    for (String annotation : annotations) {
      arguments.addAll(List.of("--annotation", annotation));
    }
    return arguments;
  }

  private int counted(String name) {
    List<String> lines = podman.podman("logs", name).lines().toList();
    return lines.isEmpty() ? 0 : Integer.parseInt(lines.get(lines.size() - 1));
  }

  /** What came through the connection has no gap. */
  private void assertCountGoesOn(String name, int counted) {
    Wait.until("it counts on from " + counted, () -> counted(name) > counted + 3);
    List<Integer> all = podman.podman("logs", name).lines().map(Integer::valueOf).toList();
    for (int i = 1; i < all.size(); i++) {
      assertThat(all.get(i)).isEqualTo(all.get(i - 1) + 1);
    }
  }

  private void assertLocked(String name) {
    assertThat(podman.tryPodman("exec", name, "flock", "-n", "/data/lock", "true").exitCode())
        .isEqualTo(1);
  }

  /** What the list says of this test's containers; the machine may have others. */
  private List<JsonNode> listed() throws IOException {
    List<JsonNode> listed = new ArrayList<>();
    for (JsonNode each :
        new ObjectMapper().readTree(HookedPodman.torpor("container", "list", "--json"))) {
      if (each.get("bundle").asText().startsWith(podman.store.path())) {
        listed.add(each);
      }
    }
    return listed;
  }

  private void assertListed(String name, boolean restored) throws IOException {
    List<JsonNode> listed = listed();
    assertThat(listed).hasSize(1);
    JsonNode only = listed.get(0);
    assertThat(only.get("name").asText()).isEqualTo(name);
    assertThat(only.get("id").asText())
        .isEqualTo(podman.podman("inspect", "--format", "{{.Id}}", name));
    assertThat(only.get("pid").asLong()).isEqualTo(podman.store.pidOf(name));
    assertThat(only.get("engine").asText()).isEqualTo("podman");
    assertThat(only.get("runtime").asText()).isEqualTo("runc");
    assertThat(only.get("restored").asBoolean()).isEqualTo(restored);
    assertThat(HookedPodman.torpor("container", "list")).contains(name);
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  private static boolean isZombieOrGone(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) == 'Z';
    } catch (IOException e) {
      return true;
    }
  }

  private static boolean isOf(String entry, long pid) {
    return entry.contains("." + pid + ".");
  }
}
