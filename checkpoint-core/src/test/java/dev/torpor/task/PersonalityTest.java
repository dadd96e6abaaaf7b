// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.proc.ProcException;
import org.junit.jupiter.api.Test;

class PersonalityTest {
  @Test
  void readsAsCriuDoesWhereThatLosesNothing() {
    assertThat(Personality.encode("personality", "00040000")).isEqualTo(40000);
    assertThat(Personality.encode("personality", "00000000")).isZero();
  }

  @Test
  void comesBackAsItWas() {
    int[] values = {0, 8, 0x40000, 0x440000, 0xc0000, 0x40000 | 0x80000 | 0xa, 0x7fffffff};
    for (int value : values) {
      int encoded = Personality.encode("personality", String.format("%08x", value));
      assertThat(Personality.decode(encoded)).isEqualTo(value);
    }
  }

  @Test
  void damaged() {
    assertThatThrownBy(() -> Personality.encode("/proc/1/personality", "zz"))
        .isInstanceOf(ProcException.class);
  }
}
