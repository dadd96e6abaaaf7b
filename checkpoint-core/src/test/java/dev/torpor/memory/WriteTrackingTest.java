// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.proc.Mapping;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteTrackingTest {
  private static Mapping mapping(long start, long end, String vmFlags) {
    return new Mapping(start, end, "rw-p", 0, "00:00", 0, "[heap]", vmFlags);
  }

  @Test
  void heapThatHasGrownBehindItsMarkIsOne() {
    assertThat(
            WriteTracking.withoutMarks(
                List.of(
                    mapping(0x1000, 0x2000, " rd wr uw ac "),
                    mapping(0x2000, 0x3000, " rd wr ac "),
                    mapping(0x3000, 0x4000, " rd wr uw ac "))))
        .containsExactly(mapping(0x1000, 0x4000, " rd wr ac "));
  }

  @Test
  void whatDiffersOrStandsApartOrWasTwoBeforeStays() {
    assertThat(
            WriteTracking.withoutMarks(
                List.of(
                    mapping(0x1000, 0x2000, " rd wr uw ac "),
                    mapping(0x2000, 0x3000, " rd wr ac hg "),
                    mapping(0x5000, 0x6000, " rd wr uw ac hg "),
                    mapping(0x6000, 0x7000, " rd wr uw ac hg "))))
        .containsExactly(
            mapping(0x1000, 0x2000, " rd wr ac "),
            mapping(0x2000, 0x3000, " rd wr ac hg "),
            mapping(0x5000, 0x6000, " rd wr ac hg "),
            mapping(0x6000, 0x7000, " rd wr ac hg "));
  }
}
