// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.arch.InterruptedCall;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.waiting_call_entry;
import dev.torpor.linux.Futex;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Time;
import dev.torpor.plan.ThreadPlan;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Which call a thread is in that was stopped before: words as Linux 6.18 keeps them. */
class WaitingCallsTest {
  private static final long REQUEST = 0x7ffc_9a7a_c310L;
  private static final long TOLD = 0x7ffc_9a7a_c320L;
  private static final long UNTIL = 1_234_567_890_123L;
  private static final long TIMEOUT_FLAG = 0x40;

  private static Integer nr(long[] args, long... kept) {
    long[] six = Arrays.copyOf(args, 6);
    InterruptedCall named =
        WaitingCalls.name(new InterruptedCall(Nr.SYS_restart_syscall, six), kept);
    return named == null ? null : named.nr();
  }

  private static long[] args(long... args) {
    return args;
  }

  private static long halves(long low, long high) {
    return low | high << Integer.SIZE;
  }

  @Test
  void sleeps() {
    int clock = Time.CLOCK_MONOTONIC;
    assertThat(nr(args(REQUEST, 0), clock, 0, UNTIL, 0)).isEqualTo(Nr.SYS_clock_nanosleep);
    assertThat(nr(args(REQUEST, TOLD), halves(clock, 1), TOLD, UNTIL, 0))
        .isEqualTo(Nr.SYS_clock_nanosleep);
    assertThat(nr(args(Time.CLOCK_REALTIME, 0, REQUEST, TOLD), halves(clock, 1), TOLD, UNTIL, 0))
        .isEqualTo(Nr.SYS_clock_nanosleep);
    // Another's, a clock of CPU time, and what is no kind of timespec.
    assertThat(nr(args(REQUEST, 0), halves(clock, 1), TOLD, UNTIL, 0)).isNull();
    assertThat(nr(args(REQUEST, 0), Time.CLOCK_THREAD_CPUTIME_ID, 0, UNTIL, 0)).isNull();
    assertThat(nr(args(REQUEST, TOLD), halves(clock, 2), TOLD, UNTIL, 0)).isNull();
  }

  /** Of no file at all it looks much like a sleep. */
  @Test
  void polls() {
    assertThat(nr(args(REQUEST, 3, 500), REQUEST, halves(3, 1), 12, 34)).isEqualTo(Nr.SYS_poll);
    assertThat(nr(args(0, 0, 500), 0, halves(0, 1), 12, 34)).isEqualTo(Nr.SYS_poll);
    assertThat(nr(args(REQUEST, 3, -1), REQUEST, 3, 0, 0)).isEqualTo(Nr.SYS_poll);
    assertThat(nr(args(REQUEST, 3, -1), REQUEST, halves(3, 1), 12, 34)).isNull();
    assertThat(nr(args(REQUEST, 2, 500), REQUEST, halves(3, 1), 12, 34)).isNull();
  }

  @Test
  void futexes() {
    long[] wait = args(REQUEST, Futex.FUTEX_WAIT | Futex.FUTEX_PRIVATE_FLAG, 7, TOLD);
    long[] kept = {REQUEST, halves(7, TIMEOUT_FLAG), -1, UNTIL};
    assertThat(nr(wait, kept)).isEqualTo(Nr.SYS_futex);
    long[] until = args(REQUEST, Futex.FUTEX_WAIT_BITSET | Futex.FUTEX_CLOCK_REALTIME, 7, TOLD);
    assertThat(nr(until, kept)).isEqualTo(Nr.SYS_futex);
    assertThat(nr(args(REQUEST, Futex.FUTEX_WAKE, 7, TOLD), kept)).isNull();
    assertThat(nr(wait, REQUEST, halves(8, TIMEOUT_FLAG), -1, UNTIL)).isNull();
    assertThat(nr(wait, TOLD, halves(7, TIMEOUT_FLAG), -1, UNTIL)).isNull();
  }

  /** What was asked for is one call; what is kept must be of the same. */
  @Test
  void callWithItsNumber() {
    InterruptedCall poll = new InterruptedCall(Nr.SYS_poll, args(REQUEST, 0, 500, 0, 0, 0));
    assertThat(WaitingCalls.name(poll, args(Time.CLOCK_MONOTONIC, 0, UNTIL, 0))).isNull();
  }

  private static void plan(waiting_call_entry.Builder call) {
    thread_core_entry.Builder thread = thread_core_entry.newBuilder().setWaitingCall(call);
    core_entry core = core_entry.newBuilder().setThreadCore(thread.buildPartial()).buildPartial();
    new WaitingCall().plan(core, core, new ThreadPlan(1, 1));
  }

  @Test
  void damagedImages() {
    assertThatThrownBy(
            () -> plan(waiting_call_entry.newBuilder().setNr(Nr.SYS_reboot).setLeftNs(1)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("it waits in call " + Nr.SYS_reboot);
    assertThatThrownBy(
            () -> plan(waiting_call_entry.newBuilder().setNr(Nr.SYS_poll).addArgs(1).setLeftNs(1)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("is not complete");
  }
}
