// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.posix_timer_entry;
import dev.torpor.image.proto.task_timers_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Time;
import dev.torpor.linux.Time.Itimerspec;
import dev.torpor.linux.Time.Sigevent;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.task.SignalRecords;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import java.util.ArrayList;
import java.util.List;

/**
 * Timers of timer_create(2). What they are is in /proc/PID/timers, how much is left only the
 * process can ask, and whether one was set to a time of day only the kernel knows: that expires
 * then, at once if the time is over. CRIU's format has no place for it, and where {@link
 * TraceeMemory} does not tell it, what is left goes on, as of all others. They are made when the
 * threads they notify exist, and armed when all else is done. The overrun count is in the image,
 * but the kernel offers no way to set it.
 *
 * <p>Ids must be the same again. Since Linux 6.15 prctl(PR_TIMER_CREATE_RESTORE_IDS) lets
 * timer_create take the id from where it is to be stored. Kernels before count up from 0 in each
 * process, so timers in between are made and deleted, as long as they are few; such a program does
 * the right thing on either kernel.
 */
public final class PosixTimers implements ThreadRoom {
  // struct itimerspec: two struct timespec, interval and value.
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  // The kernel's linux/posix-timers_types.h: of one thread; above, whose time, inverted.
  private static final int CPUCLOCK_PERTHREAD_MASK = 4;
  private static final int CPUCLOCK_PID_SHIFT = 3;

  /** More ids to skip than this, and only a kernel that takes ids will do. */
  private static final int MAX_FILLERS = 64;

  /**
   * A timer that was asked of.
   *
   * @param timeOfDay null if it was not set to one, or nobody knows
   */
  private record Question(
      TimersFile.Timer timer, int thread, TimeOfDay timeOfDay, Data left, Op overrun) {}

  /**
   * When a timer expires that was set with TIMER_ABSTIME, in nanoseconds of CLOCK_REALTIME.
   *
   * @param due as the kernel has it, which lets a periodic one stand until its signal is delivered
   * @param seenAt when that was seen, behind the pending signals
   */
  private record TimeOfDay(long due, long seenAt) {
    /** The next expiration that no pending signal tells of; 0 if there is none. */
    long next(long intervalNanos) {
      if (due > seenAt) {
        return due;
      }
      return intervalNanos == 0 ? 0 : due + ((seenAt - due) / intervalNanos + 1) * intervalNanos;
    }
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    List<Question> asked = new ArrayList<>();
    for (TimersFile.Timer timer : TimersFile.read(thread.proc(), thread.pid())) {
      check(timer, thread);
      TimeOfDay timeOfDay = timeOfDay(timer, thread);
      Data left = questions.reserve(Itimerspec.SIZEOF);
      questions
          .call("reading POSIX timer " + timer.id(), Nr.SYS_timer_gettime)
          .arg(timer.id())
          .arg(left);
      Op overrun =
          questions
              .call("reading overrun of POSIX timer " + timer.id(), Nr.SYS_timer_getoverrun)
              .arg(timer.id());
      asked.add(new Question(timer, ownNumber(timer, thread), timeOfDay, left, overrun));
    }
    return (core, answers) -> {
      task_timers_entry.Builder timers = core.task().getTimersBuilder();
      for (Question question : asked) {
        timers.addPosix(entry(question, answers));
      }
    };
  }

  /** No file tells whether a timer was set with TIMER_ABSTIME, which matters by this clock only. */
  private static TimeOfDay timeOfDay(TimersFile.Timer timer, ThreadState thread) {
    if (timer.clock() != Time.CLOCK_REALTIME) {
      return null;
    }
    TraceeMemory memory = thread.facts().get(TraceeMemory.class);
    if (!thread.stopped()) {
      memory.prepare();
      return null;
    }
    Long due = memory.timeOfDay(thread.pid(), timer.id());
    return due == null || due == 0 ? null : new TimeOfDay(due, Time.nanos(Time.CLOCK_REALTIME));
  }

  /**
   * A clock of CPU time holds whose it is as numbered in the process' pid namespace, or 0 for its
   * own. The kernel makes no timer for a clock whose thread or process is not there.
   */
  private static void check(TimersFile.Timer timer, ThreadState thread) {
    if (timer.clock() >= 0) {
      return;
    }
    int number = ~(timer.clock() >> CPUCLOCK_PID_SHIFT);
    if ((timer.clock() & CPUCLOCK_PERTHREAD_MASK) == 0) {
      if (number != 0 && number != thread.status().innermost("NSpid")) {
        throw refused(timer, thread, "it measures the CPU time of another process, " + number);
      }
    } else if (number == 0) {
      if (thread.status().number("Threads") > 1) {
        throw refused(
            timer,
            thread,
            "it measures the CPU time of the thread that made it, by CLOCK_THREAD_CPUTIME_ID, and"
                + " the kernel does not tell which that was, as it does for pthread_getcpuclockid(3)");
      }
    } else if (!isThread(number, thread)) {
      throw refused(
          timer, thread, "it measures the CPU time of thread " + number + ", which has ended");
    }
  }

  private static UnsupportedException refused(
      TimersFile.Timer timer, ThreadState thread, String cause) {
    return new UnsupportedException(
        "POSIX timer " + timer.id() + " of " + thread.subject(),
        cause + "; delete it before the dump");
  }

  private static boolean isThread(int number, ThreadState leader) {
    for (int tid : leader.proc().threads(leader.pid())) {
      try {
        if (leader.proc().status(leader.pid(), tid).innermost("NSpid") == number) {
          return true;
        }
      } catch (ProcException e) {
        if (!e.gone()) {
          throw e;
        }
      }
    }
    return false;
  }

  /** The number of a thread in its own pid namespace. */
  private static int ownNumber(TimersFile.Timer timer, ThreadState thread) {
    int tid = timer.thread();
    if (tid == 0) {
      return 0;
    }
    try {
      return thread.proc().status(thread.pid(), tid).innermost("NSpid");
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
      throw refused(
          timer,
          thread,
          "it notifies thread "
              + tid
              + ", which has ended, and no timer can be made for such a one");
    }
  }

  private static posix_timer_entry entry(Question question, Answers answers) {
    TimersFile.Timer timer = question.timer;
    posix_timer_entry.Builder entry =
        posix_timer_entry
            .newBuilder()
            .setItId(timer.id())
            .setClockId(timer.clock())
            .setSiSigno(timer.signo())
            .setItSigevNotify(timer.notification())
            .setSivalPtr(timer.value())
            .setOverrun((int) answers.result(question.overrun))
            .setIsec(answers.getLong(question.left, 0))
            .setInsec(answers.getLong(question.left, 8))
            .setVsec(answers.getLong(question.left, 16))
            .setVnsec(answers.getLong(question.left, 24));
    if (question.timeOfDay != null) {
      long next = question.timeOfDay.next(entry.getIsec() * NANOS_PER_SECOND + entry.getInsec());
      if (next != 0) {
        entry.setExpiryNs(next);
      }
    }
    if (question.thread != 0) {
      entry.setNotifyThreadId(question.thread);
    }
    return entry.build();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader() || core.getTc().getTimers().getPosixCount() == 0) {
      return;
    }
    List<posix_timer_entry> timers = new ArrayList<>(core.getTc().getTimers().getPosixList());
    timers.sort((a, b) -> Integer.compareUnsigned(a.getItId(), b.getItId()));
    int fillers = timers.get(timers.size() - 1).getItId() + 1 - timers.size();
    for (posix_timer_entry timer : timers) {
      check(timer, plan);
    }
    SignalRecords.add(timers.size(), plan);
    plan.at(
        Step.THREAD,
        program -> {
          boolean fill = fillers >= 0 && fillers <= MAX_FILLERS;
          Op takeIds = restoreIds(Prctl.PR_TIMER_CREATE_RESTORE_IDS_ON, plan, program);
          if (fill) {
            takeIds.expectAnything();
          }
          create(timers, fill, plan, program);
          Op giveIds = restoreIds(Prctl.PR_TIMER_CREATE_RESTORE_IDS_OFF, plan, program);
          if (fill) {
            giveIds.expectAnything();
          }
        });
    for (posix_timer_entry timer : timers) {
      arm(timer, plan);
    }
  }

  private static void check(posix_timer_entry timer, ThreadPlan plan) {
    boolean valid =
        timer.getIsec() >= 0
            && timer.getVsec() >= 0
            && timer.getExpiryNs() >= 0
            && Long.compareUnsigned(timer.getInsec(), NANOS_PER_SECOND) < 0
            && Long.compareUnsigned(timer.getVnsec(), NANOS_PER_SECOND) < 0;
    if (!valid) {
      throw ImageException.contradiction(
          name(timer, plan), "a time is not in seconds and nanoseconds");
    }
  }

  private static String name(posix_timer_entry timer, ThreadPlan plan) {
    return "POSIX timer " + Integer.toUnsignedString(timer.getItId()) + " of " + plan.subject();
  }

  private static Op restoreIds(int how, ThreadPlan plan, Program program) {
    return program
        .call(
            "restoring ids of POSIX timers of "
                + plan.subject()
                + " (PR_TIMER_CREATE_RESTORE_IDS, since Linux 6.15)",
            Nr.SYS_prctl)
        .arg(Prctl.PR_TIMER_CREATE_RESTORE_IDS)
        .arg(how);
  }

  private static void create(
      List<posix_timer_entry> timers, boolean fill, ThreadPlan plan, Program program) {
    int next = 0;
    for (posix_timer_entry timer : timers) {
      while (fill && next < timer.getItId()) {
        create("skipping POSIX timer id " + next + " of " + plan.subject(), next, timer, program);
        program
            .call("deleting POSIX timer " + next + " of " + plan.subject(), Nr.SYS_timer_delete)
            .arg(next);
        next++;
      }
      create("restoring " + name(timer, plan), timer.getItId(), timer, program);
      next = timer.getItId() + 1;
    }
  }

  private static void create(String purpose, int id, posix_timer_entry like, Program program) {
    Data event =
        program
            .reserve(Sigevent.SIZEOF)
            .putLong(Sigevent.sigev_value, like.getSivalPtr())
            .putInt(Sigevent.sigev_signo, like.getSiSigno())
            .putInt(Sigevent.sigev_notify, like.getItSigevNotify())
            .putInt(Sigevent.sigev_notify_thread_id, like.getNotifyThreadId());
    program
        .call(purpose, Nr.SYS_timer_create)
        .arg(like.getClockId())
        .arg(event)
        .arg(program.reserve(Integer.BYTES).putInt(0, id));
  }

  private static void arm(posix_timer_entry timer, ThreadPlan plan) {
    // Nothing left of a periodic timer means that it was about to fire when it was asked.
    boolean due = timer.getVsec() == 0 && timer.getVnsec() == 0;
    boolean absolute = timer.hasExpiryNs();
    long seconds = due ? timer.getIsec() : timer.getVsec();
    long nanos = due ? timer.getInsec() : timer.getVnsec();
    if (absolute) {
      seconds = timer.getExpiryNs() / NANOS_PER_SECOND;
      nanos = timer.getExpiryNs() % NANOS_PER_SECOND;
    }
    if (seconds != 0 || nanos != 0) {
      arm(timer, absolute ? Time.TIMER_ABSTIME : 0, seconds, nanos, plan);
    }
  }

  private static void arm(
      posix_timer_entry timer, int flags, long seconds, long nanos, ThreadPlan plan) {
    plan.at(
        Step.ARM,
        program ->
            program
                .call("arming " + name(timer, plan), Nr.SYS_timer_settime)
                .arg(timer.getItId())
                .arg(flags)
                .arg(
                    program
                        .reserve(Itimerspec.SIZEOF)
                        .putLong(0, timer.getIsec())
                        .putLong(8, timer.getInsec())
                        .putLong(16, seconds)
                        .putLong(24, nanos))
                .arg(0));
  }
}
