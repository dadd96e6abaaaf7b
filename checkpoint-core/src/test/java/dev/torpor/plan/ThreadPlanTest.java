// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThreadPlanTest {
  private static List<String> purposes(Program program) {
    return program.ops().stream().map(Op::purpose).toList();
  }

  @Test
  void stepsComeInTheirOrderWhateverTheOrderOfRooms() {
    ThreadPlan plan = new ThreadPlan(42, 42);
    Step[] steps = Step.values();
    for (int i = steps.length - 1; i >= 0; i--) {
      String name = steps[i].name();
      plan.at(steps[i], program -> program.trap(name));
    }
    List<String> expected = new ArrayList<>();
    for (Step step : steps) {
      expected.add(step.name());
    }
    assertThat(purposes(plan.assemble())).isEqualTo(expected);
  }

  @Test
  void whatMustFollowWhat() {
    assertThat(Step.values())
        .containsSubsequence(
            Step.EARLY_SPAWN, Step.SESSION, Step.TERMINAL, Step.SPAWN, Step.GROUP, Step.MEET)
        .containsSubsequence(
            Step.MOUNTS, Step.OPEN_SHARED, Step.SPAWN, Step.OPEN, Step.INSTALL, Step.LATE_FILES)
        .containsSubsequence(
            Step.OPEN, Step.FS, Step.MAP, Step.FILL, Step.PROTECT, Step.SPAWN_THREADS)
        .containsSubsequence(Step.THREAD, Step.MEET, Step.CLOSE, Step.SECCOMP, Step.CREDENTIALS);
  }

  @Test
  void contributionsOfOneStepStayInTheirOrder() {
    ThreadPlan plan = new ThreadPlan(42, 42);
    plan.at(Step.MAP, program -> program.trap("first"));
    plan.at(Step.FS, program -> program.trap("before"));
    plan.at(
        Step.MAP,
        program -> {
          program.trap("second");
          program.trap("third");
        });
    assertThat(plan.program().ops()).isEmpty();
    assertThat(purposes(plan.assemble())).containsExactly("before", "first", "second", "third");
    assertThat(plan.assemble().ops()).hasSize(4);
  }

  @Test
  void subjects() {
    assertThat(new ThreadPlan(42, 42).subject()).isEqualTo("task 42");
    assertThat(new ThreadPlan(42, 42).isLeader()).isTrue();
    assertThat(new ThreadPlan(42, 43).subject()).isEqualTo("thread 43 of task 42");
    assertThat(new ThreadPlan(42, 43).isLeader()).isFalse();
  }
}
