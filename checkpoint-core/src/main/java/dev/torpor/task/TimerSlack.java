// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Prctl;

/**
 * By how many nanoseconds timers of a thread may be late, PR_SET_TIMERSLACK. Threads of real-time
 * policies have 0, which to set would mean the default, and get it with their policy.
 */
public final class TimerSlack extends ThreadPrctl {
  /** TIMER_SLACK in the kernel's init/init_task.c. */
  public static final int USUAL_NANOS = 50_000;

  /** The room. */
  public TimerSlack() {
    super("timer slack", USUAL_NANOS, thread_core_entry.TIMER_SLACK_NS_FIELD_NUMBER);
  }

  @Override
  Op get(Op prctl) {
    return prctl.arg(Prctl.PR_GET_TIMERSLACK);
  }

  @Override
  boolean isOwn(long value) {
    return value != 0;
  }

  @Override
  boolean isIn(thread_core_entry entry) {
    return entry.hasTimerSlackNs();
  }

  @Override
  long value(thread_core_entry entry) {
    return entry.getTimerSlackNs();
  }

  @Override
  void set(Op prctl, long value) {
    prctl.arg(Prctl.PR_SET_TIMERSLACK).arg(value);
  }
}
