// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * A value of each thread that prctl(2) gives and takes, and that images of CRIU have no place for:
 * it is written where it is not what the kernel begins with. The launcher's own is not inherited,
 * see {@code LauncherRemains}.
 */
abstract class ThreadPrctl implements ThreadRoom {
  private final String name;
  private final long usual;
  private final int field;

  /**
   * A kind of value.
   *
   * @param name as a message has it
   * @param usual what the kernel begins with
   * @param field of thread_core_entry
   */
  ThreadPrctl(String name, long usual, int field) {
    this.name = name;
    this.usual = usual;
    this.field = field;
  }

  /** Asks for the value. */
  abstract Op get(Op prctl);

  /** Whether a value is the thread's, and not that of another attribute. */
  boolean isOwn(long value) {
    return true;
  }

  /** Whether an entry has a value. */
  abstract boolean isIn(thread_core_entry entry);

  /** The value in an entry. */
  abstract long value(thread_core_entry entry);

  /** Gives a call its arguments. */
  abstract void set(Op prctl, long value);

  @Override
  public final Capture ask(ThreadState thread, Program questions) {
    Op prctl = get(questions.call("reading " + name, Nr.SYS_prctl));
    return (core, answers) -> {
      long value = answers.result(prctl);
      if (value != usual && isOwn(value)) {
        core.thread().number(field, value);
      }
    };
  }

  @Override
  public final void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (isIn(core.getThreadCore())) {
      long value = value(core.getThreadCore());
      plan.at(
          Step.THREAD,
          program ->
              set(
                  program.call(
                      "restoring " + name + " " + value + " of " + plan.subject(), Nr.SYS_prctl),
                  value));
    }
  }
}
