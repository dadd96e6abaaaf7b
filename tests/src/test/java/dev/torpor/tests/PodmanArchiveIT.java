// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that {@code torpor container} makes of Podman's containers, Podman takes as its own. */
class PodmanArchiveIT extends PodmanContainers {
  /** Changes of every kind. */
  private static final String CHANGE =
      "echo changed >/etc/new; rm /bin/stty; rm -r /tmp; mkdir -m 1777 /tmp; echo k >/tmp/k;"
          + " mkdir /a; ln -s b /a/c; echo linked >/a/one; busybox ln /a/one /a/two;"
          + " echo volume >/vol/f; echo memory >/dev/shm/z; echo tmpfs >/scratch/s";

  /** An empty directory instead of a link: Podman's own archives have nothing of it. */
  private static final String REPLACE = "; rm /bin/echo; mkdir /bin/echo";

  private static final String LOOK =
      "cat /etc/new /tmp/k /a/one /a/two /vol/f /dev/shm/z /scratch/s; readlink /a/c;"
          + " test ! -e /bin/stty && test /a/one -ef /a/two && busybox md5sum /state";

  @Override
  @AfterEach
  void removeContainers() {
    super.removeContainers();
    store.podman("volume", "prune", "--force");
  }

  /** Restored by either, and dumped again by us. */
  @ParameterizedTest
  @EnumSource
  void comesBackByPodmanTwice(Engine restorer) throws IOException {
    store.use(restorer);
    run("counter", "--network=torpor");
    store.podman(
        "exec",
        "counter",
        "busybox",
        "sh",
        "-c",
        CHANGE + REPLACE + "; busybox head -c 300000 /bin/sh >/state; echo >>/state");
    String seen = look("counter");
    Path archive = store.directory.resolve("ours.tar");
    String name = "counter";
    String limits = limits(store.pidOf(name));
    String address = address(name);
    // Under the name that it had it gets its address again, Podman's rule.
    for (String next : List.of("counter", "other")) {
      int counted = counted(name);
      checkpoint(name, archive, next.equals(name) ? "--compress=zstd" : "--compress=none");
      assertThat(store.podman("ps", "--quiet")).isEmpty();
      store.podman("rm", name);
      store.podman("volume", "rm", "data");
      if (next.equals(name)) {
        store.podman("container", "restore", "--import", archive.toString());
        assertThat(address(name)).isNotBlank().isEqualTo(address);
      } else {
        store.podman("container", "restore", "--import", archive.toString(), "--name", next);
      }
      name = next;
      Wait.until("it counts on", () -> counted(next) > counted + 3);
      assertThat(log(name)).startsWith("parent 1");
      assertThat(look(name)).isEqualTo(seen);
      store.podman("exec", name, "busybox", "test", "-d", "/bin/echo");
      assertThat(limits(store.pidOf(name))).isEqualTo(limits);
    }
    assertNothingLeft();
  }

  /** What Podman has exported, with either engine, comes back without it. */
  @ParameterizedTest
  @EnumSource
  void podmansArchiveComesBackInABundle(Engine dumper) throws IOException {
    store.use(dumper);
    run("counter", "--network=host");
    store.podman("exec", "counter", "busybox", "sh", "-c", CHANGE + "; echo state >/state");
    String seen = look("counter");
    String limits = limits(store.pidOf("counter"));
    Path archive = store.directory.resolve("podmans.tar.gz");
    store.podman("container", "checkpoint", "--compress=gzip", "--export", archive + "", "counter");
    int counted = counted("counter");
    try (RestoredBundle bundle = new RestoredBundle(store, archive)) {
      bundle.restore(archive).assertRefused("config.json binds nothing to /dev/shm");
      bundle.bind("/vol");
      bundle.bind("/dev/shm");
      // It fails when the files are there already, and can be tried again.
      assertThat(bundle.restoreAsTaken(archive).output())
          .contains("exist")
          .endsWith("is changed, a further try may follow\n");
      bundle.restore(archive).assertSucceeded();
      Wait.until("it counts on", () -> lastOf(bundle.output()) > counted + 3);
      assertThat(bundle.exec("busybox", "sh", "-c", LOOK).trim()).isEqualTo(seen);
      assertThat(limits(bundle.pid())).isEqualTo(limits);
    }
    Files.delete(archive);
  }

  /** The command that Podman removes a container by has its files already. */
  @Test
  void oneThatIsRemovedAtItsEndComesBack() throws IOException {
    store.use(Engine.TORPOR);
    run("counter", "--network=none", "--rm", "--tty", "--read-only");
    Wait.until("it counts", () -> counted("counter") > 3);
    Path archive = store.directory.resolve("removed.tar");
    int counted = counted("counter");
    checkpoint("counter", archive);
    Wait.until("it is gone", () -> store.podman("ps", "--all", "--quiet").isEmpty());
    store.podman("container", "restore", "--ignore-volumes", "--import", archive.toString());
    Wait.until("it counts on", () -> counted("counter") > counted + 3);
    assertNothingLeft();
  }

  @Test
  void goesOnWithLeaveRunning() throws IOException {
    run("counter", "--network=none");
    long pid = store.pidOf("counter");
    Path archive = store.directory.resolve("running.tar");
    checkpoint("counter", archive, "--leave-running");
    int counted = counted("counter");
    assertThat(store.pidOf("counter")).isEqualTo(pid);
    assertThat(archive).exists();
    Wait.until("it counts on", () -> counted("counter") > counted + 3);
    assertNothingLeft();
  }

  /** A terminal is told how far it is, and what reads the output is not. */
  @Test
  void tellsATerminalOfItsProgress() throws IOException {
    run("counter", "--network=none");
    Path archive = store.directory.resolve("watched.tar");
    List<String> words = command("counter", archive, "--leave-running", "--json");
    PodmanStore.Outcome silent = PodmanStore.run(words.toArray(String[]::new));
    JsonNode json = new ObjectMapper().readTree(silent.output());
    assertThat(json.get("name").asText()).isEqualTo("counter");
    assertThat(json.get("lengthBytes").asLong()).isEqualTo(Files.size(archive));
    PodmanStore.Outcome watched =
        PodmanStore.run("script", "-qec", String.join(" ", words), "/dev/null");
    assertThat(watched.output()).contains("read, ", "dumped, ", "written, ", " KiB", "\"archive\"");
  }

  /** The container stands still when these files appear, and goes on although we are gone. */
  @ParameterizedTest
  @ValueSource(strings = {"rootfs-diff.tar", "checkpoint/pstree.img"})
  void goesOnWhenWeAreKilled(String file) throws IOException, InterruptedException {
    run("counter", "--network=none");
    Path directory = Files.createDirectories(store.directory.resolve("killed"));
    List<String> words = command("counter", directory.resolve("x.tar"), "--leave-running");
    Process torpor = new ProcessBuilder(words).redirectErrorStream(true).start();
    Wait.until(file + " is there", () -> work(directory, file) != null || !torpor.isAlive());
    List<ProcessHandle> jvms = torpor.children().filter(PodmanArchiveIT::isJvm).toList();
    assertThat(jvms).hasSize(1);
    jvms.get(0).destroyForcibly();
    assertThat(torpor.waitFor()).isNotZero();
    int counted = counted("counter");
    Wait.until("it counts on", () -> counted("counter") > counted + 3);
    store.podman("exec", "counter", "echo", "here");
    assertThat(directory.resolve("x.tar")).doesNotExist();
    // What is half done says so by its name; it is ours to remove.
    Wait.until("the runtime has ended", () -> !isNamed(directory));
    PathUtils.deleteDirectory(directory);
  }

  /** An image of a checkpoint, which Podman loads and restores as one that it made itself. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "zstd"})
  void isBuiltIntoAnImage(String compression) throws IOException {
    store.use(Engine.TORPOR);
    run("counter", "--network=none");
    int counted = counted("counter");
    Path archive = store.directory.resolve("built.tar");
    store.podman(
        "container", "checkpoint", "--compress=" + compression, "--export=" + archive, "counter");
    store.podman("rm", "counter");
    store.podman("volume", "rm", "data");
    Path image = store.directory.resolve("image.tar");
    String name = "localhost/checkpoint:of-" + compression;
    PodmanStore.Outcome built =
        PodmanStore.run(
            Settings.torpor().toString(),
            "container",
            "build",
            archive.toString(),
            name,
            "--output",
            image.toString());
    assertThat(built.exitCode()).as(built.output()).isZero();
    assertThat(built.output()).isEmpty();
    store.podman("load", "--input", image.toString());
    assertThat(store.podman("image", "inspect", "--format", "{{.Annotations}}", name))
        .contains(
            "io.podman.annotations.checkpoint.name:counter",
            "io.kubernetes.cri-o.annotations.checkpoint.name:counter",
            "org.criu.checkpoint.container.name:counter");
    store.podman("container", "restore", name);
    Wait.until("it counts on", () -> counted("counter") > counted + 3);
    assertThat(log("counter").lines()).as("it did not start anew").doesNotContain("parent 1");
    store.podman("rm", "--force", "--time=0", "counter");
    store.podman("rmi", name);
    Files.delete(archive);
    Files.delete(image);
  }

  private static boolean isJvm(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/java");
  }

  /** Whether a process has the directory in its command line. */
  private static boolean isNamed(Path directory) {
    return ProcessHandle.allProcesses()
        .anyMatch(each -> each.info().commandLine().orElse("").contains(directory.toString()));
  }

  private static Path work(Path directory, String file) {
    try (Stream<Path> works = Files.list(directory)) {
      return works.map(work -> work.resolve(file)).filter(Files::exists).findFirst().orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  private void run(String name, String... options) {
    List<String> words = new ArrayList<>(List.of("run", "--detach", "--name", name));
    words.addAll(List.of("--cgroup-parent", store.cgroupParent()));
    words.addAll(List.of("--volume=data:/vol", "--tmpfs=/scratch"));
    words.addAll(List.of("--memory=128m", "--pids-limit=50"));
    words.addAll(List.of(options));
    words.add("localhost/counter");
    store.podman(words.toArray(String[]::new));
    Wait.until("it counts", () -> counted(name) > 3);
  }

  private static List<String> command(String name, Path archive, String... options) {
    List<String> words = new ArrayList<>(List.of(Settings.torpor().toString(), "container"));
    words.addAll(List.of("checkpoint", name, "--export", archive.toString()));
    words.addAll(List.of(options));
    return words;
  }

  private static void checkpoint(String name, Path archive, String... options) {
    List<String> words = command(name, archive, options);
    PodmanStore.Outcome outcome = PodmanStore.run(words.toArray(String[]::new));
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  private String look(String name) {
    return store.podman("exec", name, "busybox", "sh", "-c", LOOK);
  }

  private String address(String name) {
    return store.podman(
        "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name);
  }

  /** What the kernel has, of memory in bytes and of tasks. */
  private static String limits(long pid) throws IOException {
    StringBuilder limits = new StringBuilder();
    Path cgroup = Path.of("/proc/" + pid + "/cgroup");
    for (String line : Files.readAllLines(cgroup)) {
      String[] fields = line.split(":", 3);
      for (String file : List.of("memory.limit_in_bytes", "pids.max")) {
        Path limit = Path.of("/sys/fs/cgroup", fields[1], fields[2], file);
        if (file.startsWith(fields[1]) && !fields[1].isEmpty()) {
          limits.append(Files.readString(limit));
        }
      }
    }
    assertThat(limits).contains(Integer.toString(128 << 20), "50");
    return limits.toString();
  }

  private String log(String name) {
    return store.podman("logs", name);
  }

  private int counted(String name) {
    return lastOf(log(name));
  }

  private static int lastOf(String output) {
    int last = 0;
    for (String line : output.lines().toList()) {
      String text = line.strip();
      last = text.startsWith("child ") ? Integer.parseInt(text.substring(6)) : last;
    }
    return last;
  }

  private void assertNothingLeft() throws IOException {
    try (Stream<Path> files = Files.list(store.directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".torpor"));
    }
  }
}
