// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TaskStatusTest {
  private static final String TEXT =
      """
      Name:\ta: b\\n c
      Umask:\t0027
      State:\tR (running)
      Uid:\t0\t1000\t4294967295\t7
      Groups:\t4 27 1000\040
      NSpid:\t10181\t1
      SigCgt:\tfffffffe7ffbfeff
      CapEff:\t000001fffeffffff
      NoNewPrivs:\t1
      Empty:\t\040
      """;

  private final TaskStatus status = TaskStatus.parse("/proc/1/status", TEXT);

  @Test
  void valuesOfAllKinds() {
    assertThat(status.text("Name")).isEqualTo("a: b\\n c");
    assertThat(status.octal("Umask")).isEqualTo(0b000_010_111);
    assertThat(status.number("NoNewPrivs")).isEqualTo(1);
    assertThat(status.numbers("Uid")).containsExactly(0, 1000, -1, 7);
    assertThat(status.numbers("Groups")).containsExactly(4, 27, 1000);
    assertThat(status.numbers("NSpid")).containsExactly(10181, 1);
    assertThat(status.numbers("Empty")).isEmpty();
    assertThat(status.mask("SigCgt")).isEqualTo(0xfffffffe7ffbfeffL);
    assertThat(status.mask("CapEff")).isEqualTo(0x1fffeffffffL);
  }

  @Test
  void nameAsItIs() {
    assertThat(TaskStatus.parse("status", "Name:\t a: b\\nc\\\\ \nUmask:\t0022\n").comm())
        .isEqualTo(" a: b\nc\\ ");
    assertThat(TaskStatus.parse("status", "Name:\t\n").comm()).isEmpty();
  }

  @Test
  void keyThatIsNotThere() {
    assertThat(status.has("Umask")).isTrue();
    assertThat(status.has("x86_Thread_features")).isFalse();
    assertThatThrownBy(() -> status.text("Threads"))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("/proc/1/status")
        .hasMessageContaining("Threads");
  }

  @Test
  void lineWithoutKey() {
    assertThatThrownBy(() -> TaskStatus.parse("/proc/1/status", "Name:\tcat\nno key\nUid:\t0\n"))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("\"no key\"");
  }

  @Test
  void lastLineWithoutLineFeed() {
    assertThat(TaskStatus.parse("status", "Name:\tcat\nUmask:\t0022").octal("Umask")).isEqualTo(18);
  }
}
