// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnixNameTest {
  @Test
  void dropsWhatLeadsNowhere() {
    assertThat(UnixName.withoutDots("./a")).isEqualTo("a");
    assertThat(UnixName.withoutDots(".//run/./a")).isEqualTo("run/a");
    assertThat(UnixName.withoutDots("../.a")).isEqualTo("../.a");
    assertThat(UnixName.withoutDots("a")).isEqualTo("a");
  }

  @Test
  void joinsAndParts() {
    assertThat(UnixName.absolute("/run", "a")).isEqualTo("/run/a");
    assertThat(UnixName.absolute("/", "a")).isEqualTo("/a");
    assertThat(UnixName.absolute("/run", "/a")).isEqualTo("/a");
    assertThat(UnixName.parent("/a")).isEqualTo("/");
    assertThat(UnixName.parent("/run/a")).isEqualTo("/run");
  }
}
