// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PropertyChangesTest {
  private static final String ADD =
      "\"cpu\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"cpu.a\", \"cpu.b\" ]\n";
  private static final String REPLACE =
      "\"cpu\":\n - \"strategy\": \"replace\"\n - \"properties\": [ \"cpu.c\" ]";

  @Test
  void oneAfterTheOther() throws CgroupException {
    List<String> known = List.of("cpu.x");
    assertThat(PropertyChanges.NONE.of("cpu", known)).isEqualTo(known);
    PropertyChanges added = PropertyChanges.NONE.and(ADD);
    assertThat(added.of("cpu", known)).containsExactly("cpu.x", "cpu.a", "cpu.b");
    assertThat(added.of("pids", known)).isEqualTo(known);
    assertThat(added.and(REPLACE).of("cpu", known)).containsExactly("cpu.c");
    assertThat(PropertyChanges.NONE.and(ADD + REPLACE).of("cpu", known)).containsExactly("cpu.c");
    assertThat(PropertyChanges.NONE.and(REPLACE).and(ADD).of("cpu", known))
        .containsExactly("cpu.c", "cpu.a", "cpu.b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cpu:\n",
        "\"cpu\":\n - \"strategy\": \"other\"\n - \"properties\": []\n",
        "\"cpu\":\n - \"properties\": []\n",
        "\"cpu\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"a\",]\n",
        "\"cpu\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"../a\"]\n",
      })
  void whatReadsOtherwiseIsRefused(String text) {
    assertThatThrownBy(() -> PropertyChanges.NONE.and(text))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("cpu");
  }
}
