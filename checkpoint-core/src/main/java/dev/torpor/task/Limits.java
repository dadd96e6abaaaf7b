// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.rlimit_entry;
import dev.torpor.image.proto.task_rlimits_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Resource.Rlimit64;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.List;

/**
 * Resource limits, getrlimit(2), from /proc/PID/limits: asking for those of a task of another user
 * takes CAP_SYS_RESOURCE, reading the file does not.
 *
 * <p>They return when files, memory and threads are there; that of signals which wait later still,
 * since a program may have lowered it below the number of those that wait, and is as wide as can be
 * until then. A hard limit above the one the restore runs under takes CAP_SYS_RESOURCE; without it
 * the task keeps the inherited limit and the restore goes on, as CRIU's does, with a warning.
 */
public final class Limits implements ThreadRoom {
  /** Names in /proc/PID/limits, in the order of RLIMIT_ in asm-generic/resource.h. */
  private static final String[] NAMES = {
    "Max cpu time",
    "Max file size",
    "Max data size",
    "Max stack size",
    "Max core file size",
    "Max resident set",
    "Max processes",
    "Max open files",
    "Max locked memory",
    "Max address space",
    "Max file locks",
    "Max pending signals",
    "Max msgqueue size",
    "Max nice priority",
    "Max realtime priority",
    "Max realtime timeout"
  };

  /** Numbers begin here; the columns are 25 and 20 wide. */
  private static final int NAME_WIDTH = 26;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    String path = thread.proc().path(thread.pid(), "limits");
    String limits = ProcFs.text(path);
    return (core, answers) -> core.task().setRlimits(parse(path, limits));
  }

  static task_rlimits_entry parse(String path, String text) {
    task_rlimits_entry.Builder limits = task_rlimits_entry.newBuilder();
    int at = text.indexOf('\n') + 1;
    for (String name : NAMES) {
      int end = text.indexOf('\n', at);
      if (end < 0 || !text.startsWith(name + " ", at)) {
        throw new ProcException(
            path, text.substring(at, Math.max(end, at)), "\"" + name + " ...\"");
      }
      limits.addRlimits(entry(path, text.substring(at, end)));
      at = end + 1;
    }
    if (at != text.length()) {
      throw new ProcException(
          path, text.substring(at), "the end after " + NAMES.length + " limits");
    }
    return limits.build();
  }

  private static rlimit_entry entry(String path, String line) {
    int soft = word(line, NAME_WIDTH);
    int softEnd = wordEnd(line, soft);
    int hard = word(line, softEnd);
    int hardEnd = wordEnd(line, hard);
    if (hard == hardEnd) {
      throw new ProcException(path, line, "name, soft limit, hard limit");
    }
    return rlimit_entry
        .newBuilder()
        .setCur(value(path, line.substring(soft, softEnd)))
        .setMax(value(path, line.substring(hard, hardEnd)))
        .build();
  }

  private static int word(String line, int from) {
    int at = Math.min(from, line.length());
    while (at < line.length() && line.charAt(at) == ' ') {
      at++;
    }
    return at;
  }

  private static int wordEnd(String line, int from) {
    int end = line.indexOf(' ', from);
    return end < 0 ? line.length() : end;
  }

  private static long value(String path, String word) {
    try {
      return word.equals("unlimited") ? Resource.RLIM_INFINITY : Long.parseUnsignedLong(word);
    } catch (NumberFormatException e) {
      throw new ProcException(path, word, "a limit");
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader()) {
      return;
    }
    List<rlimit_entry> limits = core.getTc().getRlimits().getRlimitsList();
    for (int i = 0; i < limits.size(); i++) {
      int resource = i;
      rlimit_entry limit = limits.get(i);
      if (resource == Resource.RLIMIT_SIGPENDING) {
        // Before there are threads, which have signals that wait, too.
        long most = plan.facts().get(Machine.class).signalLimit();
        plan.at(
            Step.SIGNALS,
            program -> {
              raise(most, resource, plan, program);
              // Takes CAP_SYS_RESOURCE; whether it is needed, SignalRecords asks.
              raise(Resource.RLIM_INFINITY, resource, plan, program).expectAnything();
            });
      }
      Step step = resource == Resource.RLIMIT_SIGPENDING ? Step.ARM : Step.THREAD;
      plan.at(step, program -> set(resource, limit, plan, program));
    }
  }

  private static Op raise(long limit, int resource, ThreadPlan plan, Program program) {
    return program
        .call(
            "raising limit \"" + name(resource) + "\" of " + plan.subject() + " for its restore",
            Nr.SYS_prlimit64)
        .arg(0)
        .arg(resource)
        .arg(
            program
                .reserve(Rlimit64.SIZEOF)
                .putLong(Rlimit64.rlim_cur, limit)
                .putLong(Rlimit64.rlim_max, limit))
        .arg(0);
  }

  private static void set(int resource, rlimit_entry limit, ThreadPlan plan, Program program) {
    boolean tooHigh = Long.compareUnsigned(limit.getCur(), limit.getMax()) > 0;
    program
        .call(
            "restoring limit \""
                + name(resource)
                + "\" of "
                + plan.subject()
                + " to "
                + text(limit.getCur())
                + ", hard "
                + text(limit.getMax())
                + " (more than now takes CAP_SYS_RESOURCE)",
            Nr.SYS_prlimit64)
        .arg(0)
        .arg(resource)
        .arg(
            program
                .reserve(Rlimit64.SIZEOF)
                .putLong(Rlimit64.rlim_cur, tooHigh ? limit.getMax() : limit.getCur())
                .putLong(Rlimit64.rlim_max, limit.getMax()))
        .arg(0)
        .warnIfItFails();
  }

  private static String name(int resource) {
    return resource < NAMES.length ? NAMES[resource] : "resource " + resource;
  }

  private static String text(long value) {
    return value == Resource.RLIM_INFINITY ? "unlimited" : Long.toUnsignedString(value);
  }
}
