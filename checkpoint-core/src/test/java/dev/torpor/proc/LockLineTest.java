// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.linux.Fcntl;
import org.junit.jupiter.api.Test;

/** Lines as Linux 6.18 wrote them. */
class LockLineTest {
  @Test
  void aRange() {
    assertThat(parse("7: POSIX  ADVISORY  WRITE 3114 fe:01:2236434 5 14"))
        .isEqualTo(
            new LockLine(
                false, "POSIX", "ADVISORY", Fcntl.F_WRLCK, 3114, 0xfe << 20 | 1, 2236434, 5, 14));
  }

  @Test
  void aLeaseThatIsGivenUp() {
    LockLine lease = parse("1: LEASE  BREAKING  UNLCK 3114 fe:00:2236439 0 EOF");
    assertThat(lease.state()).isEqualTo("BREAKING");
    assertThat(lease.type()).isEqualTo(Fcntl.F_UNLCK);
    assertThat(lease.end()).isEqualTo(LockLine.TO_THE_END);
  }

  @Test
  void oneThatIsWaitedFor() {
    LockLine waiting = parse("3: -> OFDLCK ADVISORY  READ -1 fe:00:2236439 100 EOF");
    assertThat(waiting.waits()).isTrue();
    assertThat(waiting.kind()).isEqualTo("OFDLCK");
    assertThat(waiting.pid()).isEqualTo(-1);
  }

  @Test
  void oneWithoutItsInode() {
    assertThat(parse("1: LEASE  BREAKER   WRITE 17 <none>:0 0 EOF").device()).isEqualTo(-1);
  }

  @Test
  void rangesThatMeet() {
    LockLine range = parse("7: POSIX  ADVISORY  WRITE 3114 fe:01:2236434 5 14");
    assertThat(range.overlaps(14, 20)).isTrue();
    assertThat(range.overlaps(0, 5)).isTrue();
    assertThat(range.overlaps(15, LockLine.TO_THE_END)).isFalse();
  }

  @Test
  void somethingElseIsNoLock() {
    assertThatThrownBy(() -> parse("1: POSIX  ADVISORY  MAYBE 1 fe:01:2 5 14"))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("MAYBE");
    assertThatThrownBy(() -> parse("1: POSIX  ADVISORY")).isInstanceOf(ProcException.class);
  }

  private static LockLine parse(String line) {
    return LockLine.parse("/proc/locks", line);
  }
}
