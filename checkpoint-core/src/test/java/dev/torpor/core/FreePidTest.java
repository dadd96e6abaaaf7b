// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Asks the kernel for numbers that this process has itself. */
class FreePidTest {
  private static void verify(int pid, int pidMax) {
    Machine machine =
        new Machine(List.of(), new byte[0], 1024, 500, 40, pidMax, 65530, 16384, null);
    new FreePid("task 42", pid, Launcher.OWN_PID_NAMESPACE).verify(machine);
  }

  @Test
  void numberOfAProcessIsTaken() {
    assertThatThrownBy(() -> verify(Unistd.getpid(), Integer.MAX_VALUE))
        .isInstanceOfSatisfying(
            RestoreException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST.number()))
        .hasMessageContainingAll("starting task 42", "is taken by 'java'", "new pid namespace");
  }

  @Test
  void numberOfAThreadIsTaken() {
    assertThatThrownBy(() -> verify(Unistd.gettid(), Integer.MAX_VALUE))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("its number " + Unistd.gettid() + " is taken by '");
  }

  @Test
  void numberIsBeyondWhatThisMachineGives() {
    assertThatThrownBy(() -> verify(32768, 32768))
        .isInstanceOf(RestoreException.class)
        .hasMessageContainingAll("its number 32768", "kernel.pid_max", "sysctl");
  }
}
