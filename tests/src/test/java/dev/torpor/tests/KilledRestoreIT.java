// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SIGKILL of the JVM or of the launcher at any moment of a restore leaves nothing of the tree: no
 * task, no cgroup, no mount, no pidfile; or all of it, running, if the restore had come to its end.
 * A later restore from the same images succeeds.
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
      store.useTimed();
      store.podman("container", "restore", "--keep", "counter");
      long restoreMillis = store.elapsedMillis();
      assertThat(restoreMillis).as("a restore takes its time").isGreaterThan(20);
      store.use(Engine.TORPOR);
      store.podman("container", "checkpoint", "--keep", "counter");
      int failed = 0;
      for (int kill = 0; kill < 12; kill++) {
        store.useKilled(victim == Victim.JVM, pointOf(kill, 12, restoreMillis));
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

  /** At each step that scripts are told of; from the one after the last detach, too. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pre-restore",
        "setup-namespaces",
        "post-setup-namespaces",
        "post-restore",
        "network-unlock",
        "pre-resume",
        "post-resume"
      })
  void leavesNothingAtAnyStep(String step) throws IOException {
    try (Dumped dumped = new Dumped(FailedRestoreIT.subject())) {
      Engine.Outcome outcome =
          dumped.restore("--action-script", dumped.script(step, Dumped.KILL_ENGINE));
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(KILLED);
      Wait.until("all are gone", () -> dumped.running.keeper.children().isEmpty());
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  private static void killed(Subject subject, Victim victim, int kills) throws IOException {
    try (Dumped dumped = new Dumped(subject)) {
      long restoreMicros = medianRestoreMicros(dumped);
      int unfinished = 0;
      for (int kill = 0; kill < kills; kill++) {
        String at = victim + " killed, " + kill + " of " + kills;
        long micros = pointOf(kill, kills, restoreMicros);
        int exitCode = killAfter(dumped, victim, micros);
        Wait.until(at + ": both are gone", () -> restorers(dumped.running).isEmpty());
        if (dumped.running.keeper.children().isEmpty()) {
          unfinished++;
          assertThat(exitCode).as(at).isEqualTo(KILLED);
          dumped.assertNothingLeft(at);
        } else {
          dumped.assertWhole(at);
          dumped.end();
        }
      }
      assertThat(unfinished).as("kills that hit a restore").isGreaterThan(kills / 3);
      dumped.restore().assertSucceeded();
      dumped.assertWhole("after all kills");
      dumped.end();
    }
  }

  /** Every third point lies before there is a task: most of that time is the start of the JVM. */
  private static long pointOf(int kill, int kills, long restore) {
    long early = restore * kill / kills;
    long late = restore / 2 + restore * kill / kills / 2;
    return kill % 3 == 0 ? early : late;
  }

  private static long medianRestoreMicros(Dumped dumped) throws IOException {
    long[] micros = new long[3];
    for (int i = 0; i < micros.length; i++) {
      long start = System.nanoTime();
      dumped.restore().assertSucceeded();
      micros[i] = (System.nanoTime() - start) / 1000;
      assertThat(dumped.cgroup).exists();
      dumped.end();
    }
    Arrays.sort(micros);
    return micros[1];
  }

  private static int killAfter(Dumped dumped, Victim victim, long micros) {
    Running running = dumped.running;
    List<String> command = new ArrayList<>(List.of(Engine.TORPOR.binary().toString()));
    command.addAll(dumped.arguments());
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

  /** It is the launcher's program, and the launcher is gone by then. */
  private static boolean noGuardian() {
    return ProcessHandle.allProcesses()
        .noneMatch(process -> process.info().command().orElse("").endsWith("/bin/torpor"));
  }
}
