// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a container does when it is checkpointed: the same for each engine and each workload. */
record Cell(ContainerEngine engine, Workload workload, List<String> options) {
  private static final String NAME = "subject";

  /** The limits of a control group that must not be lost. */
  private static final List<List<String>> LIMITS =
      List.of(
          List.of("memory", "memory.limit_in_bytes"),
          List.of("pids", "pids.max"),
          List.of("cpu", "cpu.cfs_quota_us"));

  /**
   * It goes on after a checkpoint that leaves it running; and twice it comes back after one that
   * does not, as far as it was, with its limits, its log and its engine's commands.
   */
  void comesBackTwice() throws IOException {
    comesBackTwice(() -> {}, () -> {});
  }

  /** The same, with something to be done before each dump and before each restore. */
  void comesBackTwice(Runnable beforeDump, Runnable beforeRestore) throws IOException {
    engine.start(NAME, options, workload);
    try {
      await(3);
      List<String> limits = limits();
      beforeDump.run();
      succeed(engine.tryCheckpoint(NAME, true));
      await(workload.count(engine, NAME) + 1);
      for (int round = 0; round < 2; round++) {
        int counted = workload.count(engine, NAME);
        beforeDump.run();
        succeed(engine.tryCheckpoint(NAME, false));
        beforeRestore.run();
        succeed(engine.tryRestore(NAME));
        assertGoesOn(counted);
        assertThat(limits()).isEqualTo(limits);
      }
      assertThat(engine.within(NAME, "echo", "exec", "works")).contains("exec works");
    } finally {
      engine.remove(NAME);
    }
  }

  private void assertGoesOn(int counted) {
    if (workload != Workload.COUNTER) {
      String answer = workload.answer(engine, NAME);
      assertThat(workload.last(answer)).as(answer).isEqualTo(counted + 1);
      return;
    }
    await(counted + 3);
    // A number that is missing or there twice would be one that was counted again or never.
    List<String> parents =
        engine.log(NAME).lines().filter(line -> line.contains("parent")).toList();
    for (int n = 0; n < parents.size(); n++) {
      assertThat(parents.get(n).trim()).isEqualTo("parent " + (n + 1));
    }
  }

  private void await(int count) {
    Wait.until("it counts to " + count, () -> workload.count(engine, NAME) >= count);
  }

  private List<String> limits() throws IOException {
    List<String> limits = new ArrayList<>();
    for (List<String> each : LIMITS) {
      limits.add(each + " " + engine.cgroupFile(NAME, each.get(0), each.get(1)));
    }
    return limits;
  }

  private static void succeed(PodmanStore.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }
}
