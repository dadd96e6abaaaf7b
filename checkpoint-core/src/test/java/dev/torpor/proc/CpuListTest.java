// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {
  @Test
  void asMask() {
    assertThat(CpuList.mask("0")).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(CpuList.mask("1-3,8")).containsExactly(14, 1, 0, 0, 0, 0, 0, 0);
    assertThat(CpuList.mask("64")).hasSize(16).endsWith(1, 0, 0, 0, 0, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1-", "3-1", "1,,2", "99999999", "-1"})
  void whatIsNoList(String text) {
    assertThat(CpuList.mask(text)).isNull();
  }
}
