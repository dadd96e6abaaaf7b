// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.arch.CallRegisters;
import dev.torpor.arch.InterruptedCall;
import dev.torpor.image.proto.waiting_call_entry;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Futex;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Time;
import dev.torpor.linux.Time.Timespec;
import java.util.function.Consumer;

/**
 * How long the calls of a tree still had to wait that its dump has interrupted: nanosleep(2),
 * poll(2), futex(2) and what is like them. Most tell nobody but the kernel; {@link TraceeMemory}
 * asks it.
 *
 * <p>A thread that was stopped before is in restart_syscall(2), and only what the kernel keeps
 * tells, beside the arguments that are still in its registers, which call it is. What fits none is
 * left alone: the call fails with EINTR.
 */
public final class WaitingCalls {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** enum timespec_type: the sleeper has given room for the time that is left, or not. */
  private static final int TT_NATIVE = 1;

  /**
   * FLAGS_HAS_TIMEOUT of kernel/futex/futex.h since Linux 6.7: in what is kept of each futex(2).
   */
  private static final int FUTEX_HAS_TIMEOUT = 0x40;

  private final Consumer<String> warnings;
  private final TraceeMemory memory;

  /** Of one dump. */
  public WaitingCalls(TraceeMemory memory, Consumer<String> warnings) {
    this.memory = memory;
    this.warnings = warnings;
  }

  /**
   * Looks at a call of a thread that the calling thread traces.
   *
   * @param subject the thread as a message names it
   * @param call that was interrupted; null if the thread is in none
   * @param regs the registers that it will come back with: if the call can be made again as it was,
   *     they go back to it
   * @return the call to wait in; null if there is none, or it is not known how long
   */
  public waiting_call_entry see(
      String subject, int pid, int tid, InterruptedCall call, long[] regs) {
    if (call == null || call.canStartAgain()) {
      return null;
    }
    waiting_call_entry entry = call.isNameless() ? null : ofSleeper(pid, call);
    if (entry != null) {
      return entry;
    }
    long[] kept = memory.restartBlock(tid);
    InterruptedCall named = kept == null ? null : name(call, kept);
    if (named == null) {
      warnings.accept(
          subject
              + " waits, and the kernel does not tell for how long: its call will fail (EINTR)");
      return null;
    }
    if (named.canStartAgain()) {
      CallRegisters.startAgain(regs, named.nr());
      return null;
    }
    return entry(named, kept);
  }

  /** nanosleep(2) has told the sleeper what is left, if he has asked for it. */
  private static waiting_call_entry ofSleeper(int pid, InterruptedCall call) {
    boolean byClock = call.nr() == Nr.SYS_clock_nanosleep;
    if (!byClock && call.nr() != Nr.SYS_nanosleep) {
      return null;
    }
    int clock = byClock ? (int) call.args()[0] : Time.CLOCK_MONOTONIC;
    long told = call.args()[byClock ? 3 : 1];
    if (told == 0 || !isTime(clock)) {
      return null;
    }
    try (NativeMemory left = NativeMemory.allocate(Timespec.SIZEOF)) {
      ProcessVm.read(pid, told, left, Timespec.SIZEOF);
      long nanos =
          left.getLong(Timespec.tv_sec) * NANOS_PER_SECOND + left.getLong(Timespec.tv_nsec);
      return sleep(clock, told, nanos);
    } catch (ErrnoException e) {
      return null;
    }
  }

  /** Not the CPU time of somebody, nor one that wakes the machine. */
  private static boolean isTime(int clock) {
    return clock == Time.CLOCK_REALTIME
        || clock == Time.CLOCK_MONOTONIC
        || clock == Time.CLOCK_BOOTTIME
        || clock == Time.CLOCK_TAI;
  }

  private static waiting_call_entry sleep(int clock, long told, long leftNanos) {
    return waiting_call_entry
        .newBuilder()
        .setNr(Nr.SYS_clock_nanosleep)
        .addArgs(clock)
        .addArgs(0)
        .addArgs(0)
        .addArgs(told)
        .setLeftNs(Math.max(leftNanos, 0))
        .build();
  }

  /** The call that both the arguments and what is kept belong to; null if they do not fit. */
  static InterruptedCall name(InterruptedCall call, long[] kept) {
    if ((isNr(call, Nr.SYS_nanosleep) || isNr(call, Nr.SYS_clock_nanosleep))
        && isSleep(call, kept)) {
      return call.named(Nr.SYS_clock_nanosleep);
    }
    if (isNr(call, Nr.SYS_poll) && isPoll(call, kept)) {
      return call.named(Nr.SYS_poll);
    }
    return isNr(call, Nr.SYS_futex) && isFutex(call, kept) ? call.named(Nr.SYS_futex) : null;
  }

  private static boolean isNr(InterruptedCall call, int nr) {
    return call.isNameless() || call.nr() == nr;
  }

  /** clockid and type; rmtp; expires. The room for what is left is the second or the fourth. */
  private static boolean isSleep(InterruptedCall call, long[] kept) {
    // A time from now on by the clock of the day is one by CLOCK_MONOTONIC to the kernel.
    return (int) kept[0] != Time.CLOCK_REALTIME
        && isTime((int) kept[0])
        && high(kept[0]) == (kept[1] == 0 ? 0 : TT_NATIVE)
        && (kept[1] == call.args()[1] || kept[1] == call.args()[3]);
  }

  /** ufds; nfds and has_timeout; seconds; nanoseconds. */
  private static boolean isPoll(InterruptedCall call, long[] kept) {
    return kept[0] == call.args()[0]
        && (int) kept[1] == (int) call.args()[1]
        && high(kept[1]) == ((int) call.args()[2] < 0 ? 0 : 1);
  }

  /** uaddr; val and flags; bitset; time. */
  private static boolean isFutex(InterruptedCall call, long[] kept) {
    boolean waits =
        call.operation() == Futex.FUTEX_WAIT || call.operation() == Futex.FUTEX_WAIT_BITSET;
    return waits
        && kept[0] == call.args()[0]
        && (int) kept[1] == (int) call.args()[2]
        && (high(kept[1]) & FUTEX_HAS_TIMEOUT) != 0;
  }

  private static int high(long word) {
    return (int) (word >>> Integer.SIZE);
  }

  private static waiting_call_entry entry(InterruptedCall call, long[] kept) {
    if (call.nr() == Nr.SYS_clock_nanosleep) {
      int clock = (int) kept[0];
      return sleep(clock, kept[1], kept[2] - Time.nanos(clock));
    }
    long until = call.nr() == Nr.SYS_poll ? kept[2] * NANOS_PER_SECOND + kept[3] : kept[3];
    waiting_call_entry.Builder entry =
        waiting_call_entry
            .newBuilder()
            .setNr(call.nr())
            .setLeftNs(Math.max(until - Time.nanos(Time.CLOCK_MONOTONIC), 0));
    int count = call.nr() == Nr.SYS_poll ? 2 : 3;
    for (int i = 0; i < count; i++) {
      entry.addArgs(call.args()[i]);
    }
    return entry.addArgs(0).build();
  }
}
