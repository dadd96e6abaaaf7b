// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.timerfd_entry;
import dev.torpor.linux.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Timers that run. */
class TimerFdTest {
  private static final long SECOND = 1_000_000_000L;

  /**
   * Far, periodic and not read, at a time of day, at a time of the monotonic clock, and periodic at
   * shorter intervals than anybody can look at it.
   */
  private static final String TIMERS =
      """
      import ctypes, struct
      libc = ctypes.CDLL(None)
      def timer(clock, flags, seconds, nanos, interval):
        fd = libc.timerfd_create(clock, 0)
        libc.timerfd_settime(fd, flags, struct.pack('4q', 0, interval, seconds, nanos), 0)
      timer(7, 0, 1000, 0, 0)
      timer(1, 0, 0, 1, 1000000)
      timer(0, 1, int(time.time()) + SECONDS, 0, 0)
      timer(1, 1, int(time.monotonic()) + 1000, 0, 0)
      timer(1, 0, 0, 1, 1000)
      time.sleep(0.1)
      ready()
      """;

  @TempDir Path directory;

  private static timerfd_entry timer(CapturedFiles files, int fd) {
    return Captures.fileOf(files, fd).getTfd();
  }

  private CapturedFiles capture(String program) throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    try (Child child = Child.start(before, program)) {
      return Captures.of(child.pid());
    }
  }

  @Test
  void whatIsLeftGoesOn() throws IOException {
    CapturedFiles before = capture(TIMERS.replace("SECONDS", "1000"));
    assertThat(timer(before, 3).getVsec()).isBetween(900L, 999L);
    assertThat(timer(before, 4).getTicks()).isGreaterThan(50);
    assertThat(timer(before, 4).getVnsec()).as("it runs on").isPositive();
    assertThat(timer(before, 5).getSettimeFlags()).isEqualTo(Time.TFD_TIMER_ABSTIME);
    assertThat(timer(before, 5).getExpiryNs() / SECOND)
        .isBetween(
            System.currentTimeMillis() / 1000 + 900, System.currentTimeMillis() / 1000 + 1000);
    assertThat(timer(before, 6).hasExpiryNs()).isFalse();
    assertThat(timer(before, 7).getVnsec()).as("due, and runs on").isPositive();

    try (Child child = RoundTrip.restore(directory, before)) {
      CapturedFiles after = Captures.of(child.pid());
      assertThat(timer(after, 3).getVsec())
          .isBetween(timer(before, 3).getVsec() - 60, timer(before, 3).getVsec());
      assertThat(timer(after, 4).getTicks()).isGreaterThan(timer(before, 4).getTicks());
      assertThat(timer(after, 4).getInsec()).isEqualTo(1_000_000);
      assertThat(timer(after, 7).getTicks()).isGreaterThan(timer(before, 7).getTicks());
      // The microseconds between two looks at clocks.
      assertThat(Math.abs(timer(after, 5).getExpiryNs() - timer(before, 5).getExpiryNs()))
          .isLessThan(SECOND / 10);
      assertThat(timer(after, 6).getVsec()).isBetween(900L, 1000L);
    }
  }

  /** The tree was away at that time. */
  @Test
  void aTimeOfDayThatIsOverExpiresAtOnce() throws IOException {
    CapturedFiles before = capture(TIMERS.replace("SECONDS", "2"));
    long wait = timer(before, 5).getExpiryNs() - Time.nanos(Time.CLOCK_REALTIME);
    sleepNanos(Math.max(wait, 0));
    try (Child child = RoundTrip.restore(directory, before)) {
      assertThat(timer(Captures.of(child.pid()), 5).getTicks()).isEqualTo(1);
    }
  }

  private static void sleepNanos(long nanos) {
    try {
      Thread.sleep(nanos / 1_000_000 + 1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
