// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SIGKILL of the JVM or of the launcher at any moment of a restore leaves nothing of the tree: no
 * task, no cgroup, no mount; or all of it, running, if the restore had come to its end. A later
 * restore from the same images succeeds.
 */
class KilledRestoreIT {
  private static final int KILLED = 128 + 9;

  /** Whom the signal hits. */
  enum Victim {
    JVM,
    LAUNCHER
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingOfOneProcess(Victim victim) throws IOException {
    killed(StatusFileSubject.compiled("memory", "32"), victim, 25);
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingOfATree(Victim victim) throws IOException {
    killed(Subjects.all().get(0), victim, 50);
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingOfAContainer(Victim victim) {
    Machine before = Machine.now();
    try (PodmanStore store = new PodmanStore()) {
      store.use(Engine.TORPOR);
      store.start("counter", "none", "localhost/counter");
      Wait.until(
          "the container counts", () -> store.podman("logs", "counter").contains("parent 5\n"));
      store.podman("container", "checkpoint", "--keep", "counter");
      // Podman binds its storage over itself and, after a failure, leaves it so.
      String storage = " " + store.path() + "/root/overlay ";
      Machine checkpointed = Machine.now().without(storage);
      int failed = 0;
      for (int kill = 0; kill < 12; kill++) {
        store.useKilled(victim == Victim.JVM, 100 + 25 * kill);
        PodmanStore.Outcome outcome = store.tryPodman("container", "restore", "--keep", "counter");
        store.use(Engine.TORPOR);
        if (outcome.exitCode() != 0) {
          failed++;
          Wait.until("the guardian is gone", KilledRestoreIT::noGuardian);
          checkpointed.assertSameAs(Machine.now().without(storage));
        } else {
          store.podman("container", "checkpoint", "--keep", "counter");
        }
      }
      assertThat(failed).as("kills that hit a restore").isGreaterThan(3);
      store.podman("container", "restore", "counter");
      assertThat(store.podman("inspect", "--format", "{{.State.Status}}", "counter"))
          .isEqualTo("running");
      store.podman("rm", "--force", "--time", "0", "counter");
    }
    before.assertUnchanged();
  }

  private static void killed(Subject subject, Victim victim, int kills) throws IOException {
    NotYet.check("killed restore", Engine.TORPOR);
    Path cgroup = cgroupOfATest();
    Machine before = Machine.now();
    try (Running running = new Running(subject)) {
      dumpIn(cgroup, running);
      Set<Long> pids = pidsInImages(running.images);
      long restoreMicros = medianRestoreMicros(running, cgroup);
      int unfinished = 0;
      for (int kill = 0; kill < kills; kill++) {
        String at = victim + " killed, " + kill + " of " + kills;
        long micros = pointOf(kill, kills, restoreMicros);
        int exitCode = killAfter(running, victim, micros);
        Wait.until(at + ": both are gone", () -> restorers(running).isEmpty());
        if (running.keeper.children().isEmpty()) {
          unfinished++;
          assertThat(exitCode).as(at).isEqualTo(KILLED);
          for (long pid : pids) {
            assertThat(ProcessTree.exists(pid)).as("%s: task %d", at, pid).isFalse();
          }
          assertThat(cgroup).as(at).doesNotExist();
          before.assertUnchanged();
        } else {
          assertWhole(running, pids, at);
          end(running, cgroup);
        }
      }
      assertThat(unfinished).as("kills that hit a restore").isGreaterThan(kills / 3);
      restore(running);
      assertWhole(running, pids, "after all kills");
      end(running, cgroup);
    } finally {
      Files.deleteIfExists(cgroup);
    }
  }

  /** Every third point lies before there is a task: most of that time is the start of the JVM. */
  private static long pointOf(int kill, int kills, long restoreMicros) {
    long early = restoreMicros * kill / kills;
    long late = restoreMicros / 2 + restoreMicros * kill / kills / 2;
    return kill % 3 == 0 ? early : late;
  }

  /** The restore must make a cgroup; it is in the version 2 hierarchy, wherever that is. */
  private static Path cgroupOfATest() {
    Path unified = Path.of("/sys/fs/cgroup/unified");
    Path top = Files.isDirectory(unified) ? unified : Path.of("/sys/fs/cgroup");
    return top.resolve("torpor-killed-" + ProcessHandle.current().pid());
  }

  private static void dumpIn(Path cgroup, Running running) throws IOException {
    Files.createDirectory(cgroup);
    for (long pid : running.lastingPids()) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(pid));
    }
    running.awaitProgress(running.progress(), 3);
    Engine.Outcome dump =
        Engine.TORPOR.dump(running.keeper, running.root, running.images, "--manage-cgroups=soft");
    assertThat(dump.exitCode()).as("%s", dump).isZero();
    running.awaitGone();
    Files.delete(cgroup);
  }

  private static Set<Long> pidsInImages(Path images) throws IOException {
    try (Stream<Path> files = Files.list(images)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("core-"))
          .map(name -> Long.valueOf(name.substring(5, name.indexOf('.'))))
          .collect(Collectors.toSet());
    }
  }

  private static long medianRestoreMicros(Running running, Path cgroup) throws IOException {
    long[] micros = new long[3];
    for (int i = 0; i < micros.length; i++) {
      long start = System.nanoTime();
      restore(running);
      micros[i] = (System.nanoTime() - start) / 1000;
      assertThat(cgroup).exists();
      end(running, cgroup);
    }
    Arrays.sort(micros);
    return micros[1];
  }

  private static void restore(Running running) {
    Engine.Outcome outcome =
        Engine.TORPOR.restore(running.keeper, running.images, "--manage-cgroups=soft");
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  private static int killAfter(Running running, Victim victim, long micros) {
    List<String> command =
        List.of(
            Engine.TORPOR.binary().toString(),
            "restore",
            "-d",
            "--manage-cgroups=soft",
            "-D",
            running.images.toString(),
            "-o",
            "restore.log");
    Path output = running.directory.resolve("restore-output");
    long launcher = running.keeper.start(running.directory, output, command);
    long end = System.nanoTime() + micros * 1000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    if (victim == Victim.LAUNCHER) {
      ProcessHandle.of(launcher).ifPresent(ProcessHandle::destroyForcibly);
    } else {
      // Before its exec it has the launcher's name: then it is too early for this victim.
      for (long child : ProcessTree.childrenOf(launcher)) {
        if (ProcessTree.nameOf(child).equals("java")) {
          ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
    return running.keeper.awaitExit(launcher);
  }

  /** What is left of a restorer: its JVM, and its guardian, which ends when all is taken back. */
  private static List<Long> restorers(Running running) {
    List<Long> left = new ArrayList<>();
    for (long pid : running.keeper.children()) {
      String name = ProcessTree.nameOf(pid);
      if (name.equals("java") || name.startsWith("torpor")) {
        left.add(pid);
      }
    }
    return left;
  }

  private static void assertWhole(Running running, Set<Long> pids, String at) {
    running.awaitOnlyRoot();
    Wait.until(at + ": no tracer", () -> ProcessTree.tracerOf(running.root) == 0);
    running.awaitProgress(running.progress(), 3);
    if (running.subject.hasLastingProcessesOnly()) {
      for (long pid : pids) {
        assertThat(ProcessTree.exists(pid)).as("%s: task %d", at, pid).isTrue();
      }
    }
  }

  private static void end(Running running, Path cgroup) throws IOException {
    running.kill();
    Files.delete(cgroup);
  }

  /** It is the launcher's program, and the launcher is gone by then. */
  private static boolean noGuardian() {
    return ProcessHandle.allProcesses()
        .noneMatch(process -> process.info().command().orElse("").endsWith("/bin/torpor"));
  }
}
