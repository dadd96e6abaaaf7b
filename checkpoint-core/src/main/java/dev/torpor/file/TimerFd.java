// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.timerfd_entry;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Time;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Step;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A timer that is read, timerfd_create(2): its clock, what is left of it, its interval, and how
 * often it has expired since it was read.
 *
 * <p>What is left goes on where it stood. Only a timer that was set to a time of day
 * (CLOCK_REALTIME, TFD_TIMER_ABSTIME) expires at that time, at once if it is over; CRIU's format
 * has no place for it, so it stands in a field that CRIU does not know, and CRIU lets such a timer
 * expire later by as long as the tree was away.
 */
public final class TimerFd implements FileRoom {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private static final Pattern SECONDS = Pattern.compile("\\(([0-9]{1,18}), ([0-9]{1,9})\\)");

  /** struct itimerspec: interval, then value, each as seconds and nanoseconds. */
  private static final int ITIMERSPEC_BYTES = 32;

  @Override
  public fd_types type() {
    return fd_types.TIMERFD;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[timerfd]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    // A periodic timer that has expired stands still until somebody looks at it: the kernel counts
    // the expirations meanwhile at that time. All else is read behind it, of one instant.
    Time.timerfdGettime(descriptor.borrowed());
    ProcFs proc = capture.context().proc();
    Fdinfo now = Fdinfo.read(proc.root() + "/self/fdinfo/" + descriptor.borrowed());
    file_entry entry = entry(descriptor, id, capture.owner(descriptor), now);
    if (isSet(entry.getTfd()) || entry.getTfd().getTicks() != 0) {
      return entry;
    }
    // Not set, or its time has come and the interrupt has not: at the end that has been, too.
    capture.atEnd(() -> capture.images().add(ImageType.FILES, entryAtEnd(proc, descriptor, entry)));
    return null;
  }

  private static file_entry entryAtEnd(ProcFs proc, Descriptor descriptor, file_entry entry) {
    try {
      Fdinfo now = Fdinfo.read(proc.path(descriptor.pid(), "fdinfo/" + descriptor.fd()));
      return entry(descriptor, entry.getId(), entry.getTfd().getFown(), now);
    } catch (ProcException e) {
      if (e.gone()) {
        return entry;
      }
      throw e;
    }
  }

  /** Of what fdinfo tells since Linux 3.17. */
  private static file_entry entry(Descriptor descriptor, int id, fown_entry owner, Fdinfo now) {
    String subject = descriptor.subject();
    int clock = (int) now.number(subject, "clockid", 10);
    int settime = (int) now.number(subject, "settime flags", 8);
    long ticks = now.number(subject, "ticks", 10);
    long[] interval = seconds(now, subject, "it_interval");
    long[] left = seconds(now, subject, "it_value");
    if (ticks != 0 && left[0] == 0 && left[1] == 0) {
      // Once more since it was looked at, which is counted: the next is due within an interval. One
      // without an interval is over, and one that somebody has stopped has no expirations.
      left = interval;
    }
    timerfd_entry.Builder timer =
        timerfd_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(owner)
            .setClockid(clock)
            .setTicks(ticks)
            .setSettimeFlags(settime)
            .setIsec(interval[0])
            .setInsec(interval[1])
            .setVsec(left[0])
            .setVnsec(left[1]);
    boolean armed = left[0] != 0 || left[1] != 0;
    if (armed && isAtTimeOfDay(clock, settime)) {
      timer.setExpiryNs(Time.nanos(Time.CLOCK_REALTIME) + left[0] * NANOS_PER_SECOND + left[1]);
    }
    return file_entry.newBuilder().setType(fd_types.TIMERFD).setId(id).setTfd(timer).build();
  }

  /** Such as {@code (12, 500000000)}: seconds and nanoseconds. */
  private static long[] seconds(Fdinfo fdinfo, String subject, String key) {
    String value = fdinfo.told(subject, key);
    Matcher matcher = SECONDS.matcher(value);
    if (!matcher.matches()) {
      throw new ProcException("fdinfo of " + subject, value, "(seconds, nanoseconds)");
    }
    return new long[] {Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))};
  }

  @Override
  public String describe(file_entry entry) {
    return "timerfd of clock " + entry.getTfd().getClockid();
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getTfd().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getTfd().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    int fd =
        plan.place(
            entry,
            plan.call(entry, "timerfd_create", Nr.SYS_timerfd_create)
                .arg(entry.getTfd().getClockid())
                .arg(0));
    plan.setFlags(entry, fd, entry.getTfd().getFlags());
  }

  /** It starts with all other timers; the ticks behind it, since setting a timer clears them. */
  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    timerfd_entry timer = entry.getTfd();
    LatePlan.User user = plan.users().get(0);
    int fd = user.descriptor().getFd();
    boolean absolute = isAtTimeOfDay(timer.getClockid(), timer.getSettimeFlags());
    long missed = absolute ? missed(timer, plan) : 0;
    if (isSet(timer)) {
      long value =
          absolute ? expiryNanos(timer, plan) + missed * intervalNanos(timer) : leftNanos(timer);
      plan.at(
          user,
          Step.ARM,
          program ->
              program
                  .call(plan.purpose(user) + ": timerfd_settime", Nr.SYS_timerfd_settime)
                  .arg(fd)
                  .arg(absolute ? timer.getSettimeFlags() : 0)
                  .arg(
                      program
                          .reserve(ITIMERSPEC_BYTES)
                          .putLong(0, timer.getIsec())
                          .putLong(8, timer.getInsec())
                          .putLong(16, value / NANOS_PER_SECOND)
                          .putLong(24, value % NANOS_PER_SECOND))
                  .arg(0));
    }
    if (timer.getTicks() != 0) {
      plan.at(
          user,
          Step.ARM,
          program ->
              program
                  .call(plan.purpose(user) + ": ioctl TFD_IOC_SET_TICKS", Nr.SYS_ioctl)
                  .arg(fd)
                  .arg(Time.TFD_IOC_SET_TICKS)
                  .arg(program.reserve(8).putLong(0, timer.getTicks() + missed)));
    }
  }

  /**
   * How often a timer that was not read before the dump has expired since. To set its ticks would
   * lose one if they came by themselves.
   */
  private static long missed(timerfd_entry timer, LatePlan plan) {
    long late = plan.facts().get(Machine.class).clocks().realtimeNanos() - expiryNanos(timer, plan);
    return timer.getTicks() == 0 || intervalNanos(timer) == 0 || late < 0
        ? 0
        : late / intervalNanos(timer) + 1;
  }

  private static long intervalNanos(timerfd_entry timer) {
    return timer.getIsec() * NANOS_PER_SECOND + timer.getInsec();
  }

  private static boolean isSet(timerfd_entry timer) {
    return leftNanos(timer) != 0 || timer.getIsec() != 0 || timer.getInsec() != 0;
  }

  private static boolean isAtTimeOfDay(int clock, int settimeFlags) {
    return (clock == Time.CLOCK_REALTIME || clock == Time.CLOCK_REALTIME_ALARM)
        && (settimeFlags & Time.TFD_TIMER_ABSTIME) != 0;
  }

  /** In CRIU's images a periodic timer that has expired and was not read has nothing left. */
  private static long leftNanos(timerfd_entry timer) {
    long left = timer.getVsec() * NANOS_PER_SECOND + timer.getVnsec();
    return left == 0 && timer.getTicks() != 0 ? intervalNanos(timer) : left;
  }

  private static long expiryNanos(timerfd_entry timer, LatePlan plan) {
    long left = leftNanos(timer);
    if (timer.hasExpiryNs() || left == 0) {
      return timer.getExpiryNs();
    }
    return plan.facts().get(Machine.class).clocks().realtimeNanos() + left;
  }
}
