// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.linux.Time;
import dev.torpor.proc.ProcException;
import dev.torpor.timer.TimersFile.Timer;
import org.junit.jupiter.api.Test;

class TimersFileTest {
  /** Linux 6.18, three timers made in the order of their ids. */
  private static final String LINUX_6_18 =
      """
      ID: 3
      signal: 35/1122334455667788
      notify: none/pid.4412
      ClockID: -6
      ID: 2
      signal: 35/ffffffffffffffff
      notify: signal/tid.4413
      ClockID: 7
      ID: 0
      signal: 14/0000000000000000
      notify: signal/pid.4412
      ClockID: 1
      """;

  @Test
  void oldestFirst() {
    assertThat(TimersFile.parse("timers", LINUX_6_18))
        .containsExactly(
            new Timer(0, 14, 0, Time.SIGEV_SIGNAL, 0, 1),
            new Timer(2, 35, -1, Time.SIGEV_THREAD_ID, 4413, 7),
            new Timer(3, 35, 0x1122334455667788L, Time.SIGEV_NONE, 0, -6));
  }

  @Test
  void none() {
    assertThat(TimersFile.parse("timers", "")).isEmpty();
  }

  @Test
  void damaged() {
    String[] damages = {
      LINUX_6_18.replace("none/", "nobody/"),
      LINUX_6_18.replace("ClockID: 7\n", ""),
      LINUX_6_18.replace("ID: 2\n", "ID: two\n"),
      LINUX_6_18.replace("signal: 14/", "signal: 14 "),
      LINUX_6_18 + "ID: 4\n"
    };
    for (String damaged : damages) {
      assertThatThrownBy(() -> TimersFile.parse("/proc/1/timers", damaged))
          .isInstanceOf(ProcException.class)
          .hasMessageStartingWith("/proc/1/timers does not read as expected");
    }
  }
}
