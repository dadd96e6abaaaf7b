// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.itimer_entry;
import dev.torpor.image.proto.task_timers_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Time;
import dev.torpor.linux.Time.Itimerval;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;

/**
 * The three interval timers of a process, getitimer(2). Images hold how much is left, so the time
 * in between does not count. They are armed when all else is done.
 */
public final class IntervalTimers implements ThreadRoom {
  private static final String[] NAMES = {"real", "virtual", "profiling"};

  // struct itimerval: two struct timeval, interval and value.
  private static final long MICROS_PER_SECOND = 1_000_000;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    Data real = ask(Time.ITIMER_REAL, questions);
    Data virtual = ask(Time.ITIMER_VIRTUAL, questions);
    Data profiling = ask(Time.ITIMER_PROF, questions);
    return (core, answers) ->
        core.task()
            .getTimersBuilder()
            .setReal(running(entry(real, answers)))
            .setVirt(entry(virtual, answers))
            .setProf(entry(profiling, answers));
  }

  private static Data ask(int which, Program questions) {
    Data value = questions.reserve(Itimerval.SIZEOF);
    questions
        .call("reading " + NAMES[which] + " interval timer", Nr.SYS_getitimer)
        .arg(which)
        .arg(value);
    return value;
  }

  private static itimer_entry entry(Data value, Answers answers) {
    return itimer_entry
        .newBuilder()
        .setIsec(answers.getLong(value, 0))
        .setIusec(answers.getLong(value, 8))
        .setVsec(answers.getLong(value, 16))
        .setVusec(answers.getLong(value, 24))
        .build();
  }

  /**
   * ITIMER_REAL has an interval without time left in one case only: it ran out, and stands still
   * until its signal is taken (do_setitimer drops the interval of a timer that is disarmed,
   * dequeue_signal starts it again). It comes back with the shortest time there is, or it would
   * never run again. Whether its signal is in the image does not matter, as pending it stays one;
   * images of CRIU lack it if it came between the two looks.
   */
  private static itimer_entry running(itimer_entry timer) {
    boolean stands = timer.getVsec() == 0 && timer.getVusec() == 0;
    boolean repeats = timer.getIsec() != 0 || timer.getIusec() != 0;
    return stands && repeats ? timer.toBuilder().setVusec(1).build() : timer;
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader()) {
      return;
    }
    if (!core.getTc().hasTimers()) {
      throw new UnsupportedException(
          plan.subject(),
          "its image has no timers; images with itimers-PID.img, of CRIU before 1.3, are not"
              + " restored");
    }
    task_timers_entry timers = core.getTc().getTimers();
    plan(Time.ITIMER_REAL, running(timers.getReal()), plan);
    plan(Time.ITIMER_VIRTUAL, timers.getVirt(), plan);
    plan(Time.ITIMER_PROF, timers.getProf(), plan);
  }

  private static void plan(int which, itimer_entry timer, ThreadPlan plan) {
    String name = NAMES[which] + " interval timer of " + plan.subject();
    check(name, timer.getIsec(), timer.getIusec());
    check(name, timer.getVsec(), timer.getVusec());
    if (timer.getVsec() == 0 && timer.getVusec() == 0) {
      return;
    }
    plan.at(
        Step.ARM,
        program ->
            program
                .call("arming " + name, Nr.SYS_setitimer)
                .arg(which)
                .arg(
                    program
                        .reserve(Itimerval.SIZEOF)
                        .putLong(0, timer.getIsec())
                        .putLong(8, timer.getIusec())
                        .putLong(16, timer.getVsec())
                        .putLong(24, timer.getVusec()))
                .arg(0));
  }

  private static void check(String name, long seconds, long micros) {
    if (seconds < 0 || Long.compareUnsigned(micros, MICROS_PER_SECOND) >= 0) {
      throw ImageException.contradiction(
          name, seconds + " s " + Long.toUnsignedString(micros) + " us");
    }
  }
}
