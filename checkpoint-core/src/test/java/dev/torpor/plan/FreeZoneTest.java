// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreeZoneTest {
  private static final long GIB = 1L << 30;
  private static final long FIRST = FreeZone.find(List.of(), 2 * GIB);

  private static long[] range(long start, long end) {
    return new long[] {start, end};
  }

  @Test
  void neighboursDoNotDisturb() {
    List<long[]> used =
        List.of(
            range(0x400000, FIRST),
            range(FIRST + 2 * GIB, FIRST + 3 * GIB),
            range(0xffffffffff600000L, 0xffffffffff601000L));
    assertThat(FreeZone.find(used, 2 * GIB)).isEqualTo(FIRST);
  }

  @Test
  void rangesInTheWay() {
    for (long[] inTheWay :
        List.of(
            range(FIRST - 4096, FIRST + 4096),
            range(FIRST + GIB, FIRST + GIB + 4096),
            range(FIRST + 2 * GIB - 4096, FIRST + 3 * GIB),
            range(FIRST - GIB, FIRST + 3 * GIB))) {
      long found = FreeZone.find(List.of(inTheWay), 2 * GIB);
      assertThat(found >= inTheWay[1] || found + 2 * GIB <= inTheWay[0]).isTrue();
      assertThat(found % 4096).isZero();
    }
  }

  @Test
  void noneIsLeft() {
    assertThatThrownBy(() -> FreeZone.find(List.of(range(4096, 0x7fff_ffff_f000L)), GIB))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(String.valueOf(GIB));
  }
}
