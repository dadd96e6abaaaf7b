// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory that a parent and its children share until somebody writes is shared again. */
class CopyOnWriteIT {
  private static final double MOST = 1.02;

  @ParameterizedTest
  @EnumSource(Engine.class)
  void noMoreMemoryThanBefore(Engine dumper) throws IOException {
    Subject subject = StatusFileSubject.compiled("prefork", "64");
    try (Running running = new Running(subject)) {
      List<Long> pids = running.lastingPids();
      long before = sum(pids, "smaps_rollup", "Pss:");
      dumpAndRestore(running, dumper);
      long after = sum(pids, "smaps_rollup", "Pss:");
      assertThat(after).as("KiB, of %d before", before).isLessThanOrEqualTo((long) (MOST * before));
      assertThat(subject.progress(running.directory)).isNotNegative();
    }
  }

  /** Reading a page must not make it one of each task. */
  @Test
  void dumpLeavesSharedWhatIsShared() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("prefork", "64"))) {
      List<Long> pids = running.lastingPids();
      long before = sum(pids, "smaps_rollup", "Pss:");
      succeed(Engine.TORPOR.dump(running.keeper, running.root, running.images, "--leave-running"));
      long after = sum(pids, "smaps_rollup", "Pss:");
      assertThat(after).as("KiB, of %d before", before).isLessThanOrEqualTo((long) (MOST * before));
    }
  }

  /** A real program of several libraries, with a megabyte of objects. */
  @Test
  void nothingMoreIsCommitted() throws IOException {
    List<String> command =
        List.of(
            "/usr/bin/python3",
            "-c",
            "import os, time; os.fork(); x = ['x'] * 200000; time.sleep(600)");
    try (Keeper keeper = new Keeper()) {
      Path images = Files.createTempDirectory("torpor-committed-");
      try {
        long root = keeper.start(images, images.resolve("output"), command);
        Wait.until("it rests", () -> ProcessTree.pidsOf(root).size() == 2 && rests(root));
        List<Long> pids = ProcessTree.pidsOf(root);
        List<String> before = accounted(pids);
        long pss = sum(pids, "smaps_rollup", "Pss:");
        succeed(Engine.CRIU.dump(keeper, root, images));
        keeper.awaitExit(root);
        Wait.until("nothing is left", () -> keeper.children().isEmpty());
        succeed(Engine.TORPOR.restore(keeper, images));
        assertThat(accounted(pids)).isEqualTo(before);
        assertThat(sum(pids, "smaps_rollup", "Pss:")).isLessThanOrEqualTo((long) (MOST * pss));
      } finally {
        keeper.close();
        PathUtils.deleteDirectory(images);
      }
    }
  }

  private static boolean rests(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/wchan")).contains("nanosleep");
    } catch (IOException e) {
      return false;
    }
  }

  private static void dumpAndRestore(Running running, Engine dumper) throws IOException {
    succeed(dumper.dump(running.keeper, running.root, running.images));
    running.awaitGone();
    succeed(Engine.TORPOR.restore(running.keeper, running.images));
    long restored = running.progress();
    running.awaitProgress(restored, 3);
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  private static long sum(List<Long> pids, String file, String key) throws IOException {
    long kib = 0;
    for (long pid : pids) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/" + file))) {
        if (line.startsWith(key)) {
          kib += Long.parseLong(line.substring(key.length()).replace("kB", "").trim());
        }
      }
    }
    return kib;
  }

  /** The executable mappings that count as committed (VM_ACCOUNT). */
  private static List<String> accounted(List<Long> pids) throws IOException {
    List<String> accounted = new ArrayList<>();
    for (long pid : pids) {
      String mapping = "";
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
        if (line.startsWith("VmFlags:")) {
          if (line.contains(" ac") && mapping.indexOf("x") > 0) {
            accounted.add(pid + " " + mapping);
          }
        } else if (Character.isDigit(line.charAt(0)) || Character.isLowerCase(line.charAt(0))) {
          mapping = line.split(" ", 3)[0] + " " + line.split(" ", 3)[1];
        }
      }
    }
    return accounted;
  }
}
