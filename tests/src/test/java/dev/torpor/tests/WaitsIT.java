// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Calls that wait for some time, {@code programs/waits.c}: they go on with what is left of it. */
class WaitsIT {
  private static final long SECONDS = 1000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** All but futex_until, whose time is no time from now on, and so is just asked for again. */
  private static final int WITH_TIME_LEFT = 8;

  private static final List<String> WAITING = List.of("7 ", "35 ", "202 ", "219 ", "230 ");

  private static Running start() {
    Running running = new Running(StatusFileSubject.compiled("waits", Long.toString(SECONDS)));
    awaitWaiting(running);
    return running;
  }

  private static void awaitWaiting(Running running) {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    int pid = (int) running.root;
    Wait.until(
        "its threads wait",
        () -> {
          int[] tids = proc.threads(pid);
          return tids.length == WITH_TIME_LEFT + 2
              && Arrays.stream(tids).allMatch(tid -> tid == pid || waits(proc, pid, tid));
        });
  }

  private static boolean waits(ProcFs proc, int pid, int tid) {
    try {
      String call = proc.text(pid, "task/" + tid + "/syscall");
      return WAITING.stream().anyMatch(call::startsWith);
    } catch (ProcException e) {
      return false;
    }
  }

  /** No argument has changed either: the program looks. */
  @Test
  void goOnTwice() throws IOException {
    try (Running running = start()) {
      String state = running.state();
      assertThat(state).doesNotContain("over");
      Map<Long, Long> before = Map.of();
      for (int generation = 1; generation <= 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        Map<Long, Long> left = left(running);
        assertThat(left).hasSize(WITH_TIME_LEFT);
        Map<Long, Long> earlier = before;
        left.forEach(
            (tid, nanos) ->
                assertThat(nanos)
                    .isBetween(
                        NANOS_PER_SECOND, earlier.getOrDefault(tid, SECONDS * NANOS_PER_SECOND)));
        before = left;
        comesBack(running, Engine.TORPOR);
        assertThat(running.state()).isEqualTo(state);
        awaitWaiting(running);
      }
    }
  }

  /** With a moment left, as if the dump had been later. */
  @Test
  void endWhenTheTimeIsOver() throws IOException {
    try (Running running = start()) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      // It knows the lengths of images.
      Files.delete(running.images.resolve("torpor.manifest"));
      for (Path file : cores(running)) {
        core_entry.Builder core = core(file).toBuilder();
        if (core.getThreadCore().hasWaitingCall()) {
          core.getThreadCoreBuilder().getWaitingCallBuilder().setLeftNs(1);
          try (ImageWriter writer = ImageWriter.create(file, ImageType.CORE)) {
            writer.write(core.build());
          }
        }
      }
      comesBack(running, Engine.TORPOR);
      Wait.until(
          "all calls but one are over",
          () -> {
            running.progress();
            return running.state().split("=over", -1).length == WITH_TIME_LEFT + 1;
          });
      assertThat(running.state()).contains("futex_until=waits");
    }
  }

  /** As after its own dump, by which they fail with EINTR. */
  @Test
  void criuRestoresTheRest() {
    try (Running running = start()) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.CRIU.restore(running.keeper, running.images).assertSucceeded();
      Wait.until("it writes its status", () -> running.state().contains("error="));
      assertThat(running.state()).contains(" gave -4").doesNotContain("has changed");
    }
  }

  /** What a dump asked of the tree leaves it as it was. */
  @Test
  void goOnBehindADump() {
    try (Running running = start()) {
      String state = running.state();
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, "--leave-running")
          .assertSucceeded();
      running.awaitProgress(running.progress(), 3);
      awaitWaiting(running);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  private static void comesBack(Running running, Engine restorer) {
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
  }

  /** Nanoseconds by thread; those of the main thread, which sleeps again and again, left out. */
  private static Map<Long, Long> left(Running running) throws IOException {
    Map<Long, Long> left = new TreeMap<>();
    for (Path file : cores(running)) {
      core_entry core = core(file);
      if (core.getThreadCore().hasWaitingCall()) {
        String name = file.getFileName().toString();
        long tid = Long.parseLong(name.substring("core-".length(), name.indexOf('.')));
        if (tid != running.root) {
          left.put(tid, core.getThreadCore().getWaitingCall().getLeftNs());
        }
      }
    }
    return left;
  }

  private static core_entry core(Path file) throws IOException {
    try (ImageReader reader = ImageReader.open(file, ImageType.CORE)) {
      return reader.only(core_entry.parser());
    }
  }

  private static List<Path> cores(Running running) throws IOException {
    try (Stream<Path> files = Files.list(running.images)) {
      return files.filter(file -> file.getFileName().toString().startsWith("core-")).toList();
    }
  }
}
