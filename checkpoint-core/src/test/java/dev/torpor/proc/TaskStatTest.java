// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TaskStatTest {
  /** Of a kernel 6.18. */
  private static final String REST =
      "R 10171 10170 9186 34816 -1 4194304 100 0 0 0 0 0 0 0 20 -5 1 0 740834 3133440 413"
          + " 18446744073709551615 94248950038528 94248950058409 140730956456064 0 0 0 0 0 0 0 0 0"
          + " 17 1 0 0 0 0 0 94248950074416 94248950076032 94249049010176 140730956462816"
          + " 140730956462836 140730956462837 140730956464107 256\n";

  private static TaskStat parse(String comm) {
    return TaskStat.parse("stat", "10178 (" + comm + ") " + REST);
  }

  @Test
  void fields() {
    TaskStat stat = parse("cat");
    assertThat(stat.comm()).isEqualTo("cat");
    assertThat(stat.state()).isEqualTo('R');
    assertThat(stat.ppid()).isEqualTo(10171);
    assertThat(stat.pgid()).isEqualTo(10170);
    assertThat(stat.sid()).isEqualTo(9186);
    assertThat(stat.ttyNr()).isEqualTo(34816);
    assertThat(stat.tpgid()).isEqualTo(-1);
    assertThat(stat.flags()).isEqualTo(4194304);
    assertThat(stat.nice()).isEqualTo(-5);
    assertThat(stat.startTimeTicks()).isEqualTo(740834);
    assertThat(stat.startCode()).isEqualTo(94248950038528L);
    assertThat(stat.endCode()).isEqualTo(94248950058409L);
    assertThat(stat.startStack()).isEqualTo(140730956456064L);
    assertThat(stat.startData()).isEqualTo(94248950074416L);
    assertThat(stat.endData()).isEqualTo(94248950076032L);
    assertThat(stat.startBrk()).isEqualTo(94249049010176L);
    assertThat(stat.argStart()).isEqualTo(140730956462816L);
    assertThat(stat.argEnd()).isEqualTo(140730956462836L);
    assertThat(stat.envStart()).isEqualTo(140730956462837L);
    assertThat(stat.envEnd()).isEqualTo(140730956464107L);
    assertThat(stat.exitCode()).isEqualTo(256);
  }

  /** Flags 0x4 is PF_EXITING: between exit(2) and the zombie there is no address space. */
  @Test
  void ending() {
    assertThat(parse("cat").isEnding()).isFalse();
    assertThat(TaskStat.parse("stat", "7 (a) Z 1 7 7 0 -1 4194304 0").isEnding()).isTrue();
    assertThat(TaskStat.parse("stat", "7 (a) X 1 7 7 0 -1 4194304 0").isEnding()).isTrue();
    assertThat(TaskStat.parse("stat", "7 (a) R 1 7 7 0 -1 4194308 0").isEnding()).isTrue();
  }

  @Test
  void forked() {
    assertThat(parse("cat").isForked()).isFalse();
    assertThat(TaskStat.parse("stat", "7 (a) S 1 7 7 0 -1 4194368 0").isForked()).isTrue();
  }

  @Test
  void commWithBlanksAndParentheses() {
    for (String comm : new String[] {"a b", "a) S 1 (b", "((", "))", ") ", "", "tmux: server"}) {
      TaskStat stat = parse(comm);
      assertThat(stat.comm()).isEqualTo(comm);
      assertThat(stat.state()).isEqualTo('R');
      assertThat(stat.ppid()).isEqualTo(10171);
    }
  }

  @Test
  void malformed() {
    for (String line : new String[] {"", "1 cat R 1", "1 (cat", "1 (cat)", "1 cat) R ("}) {
      assertThatThrownBy(() -> TaskStat.parse("/proc/1/stat", line))
          .isInstanceOf(ProcException.class)
          .hasMessageContaining("/proc/1/stat")
          .hasMessageContaining("\"" + line + "\"");
    }
  }

  @Test
  void fieldOfANewerKernel() {
    TaskStat old = TaskStat.parse("stat", "1 (init) S 0 1 1 0 -1 4194560\n");
    assertThat(old.flags()).isEqualTo(4194560);
    assertThatThrownBy(old::exitCode).hasMessageContaining("52");
  }
}
