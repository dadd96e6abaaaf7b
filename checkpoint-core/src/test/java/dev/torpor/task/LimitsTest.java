// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.image.proto.rlimit_entry;
import dev.torpor.proc.ProcException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final String LINUX_6_18 =
      """
      Limit                     Soft Limit           Hard Limit           Units    \s
      Max cpu time              unlimited            unlimited            seconds  \s
      Max file size             12345678             unlimited            bytes    \s
      Max data size             unlimited            unlimited            bytes    \s
      Max stack size            8388608              unlimited            bytes    \s
      Max core file size        0                    unlimited            bytes    \s
      Max resident set          unlimited            unlimited            bytes    \s
      Max processes             96365                96365                processes\s
      Max open files            1000                 1500                 files    \s
      Max locked memory         8388608              8388608              bytes    \s
      Max address space         18446744073709551614 unlimited            bytes    \s
      Max file locks            unlimited            unlimited            locks    \s
      Max pending signals       96365                96365                signals  \s
      Max msgqueue size         819200               819200               bytes    \s
      Max nice priority         0                    0                   \s
      Max realtime priority     0                    0                   \s
      Max realtime timeout      unlimited            unlimited            us       \s
      """;

  @Test
  void all() {
    List<rlimit_entry> limits = Limits.parse("limits", LINUX_6_18).getRlimitsList();
    assertThat(limits).hasSize(16);
    assertThat(limits.get(1)).isEqualTo(limit(12345678, -1));
    assertThat(limits.get(7)).isEqualTo(limit(1000, 1500));
    assertThat(limits.get(9)).isEqualTo(limit(-2, -1));
    assertThat(limits.get(14)).isEqualTo(limit(0, 0));
  }

  private static rlimit_entry limit(long soft, long hard) {
    return rlimit_entry.newBuilder().setCur(soft).setMax(hard).build();
  }

  @Test
  void unknownOrMissingOnes() {
    String[] damages = {
      LINUX_6_18 + "Max wishes                3                    3                    wishes\n",
      LINUX_6_18.replace("Max open files  ", "Max open doors  "),
      LINUX_6_18.substring(0, LINUX_6_18.indexOf("Max realtime timeout"))
    };
    for (String damaged : damages) {
      assertThatThrownBy(() -> Limits.parse("/proc/1/limits", damaged))
          .isInstanceOf(ProcException.class);
    }
  }
}
