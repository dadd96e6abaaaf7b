// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Prctl;

/** Whether a thread is killed as soon as memory that it maps is found broken, PR_MCE_KILL. */
public final class MachineCheckPolicy extends ThreadPrctl {
  /** The room. */
  public MachineCheckPolicy() {
    super(
        "policy on machine checks",
        Prctl.PR_MCE_KILL_DEFAULT,
        thread_core_entry.MCE_KILL_FIELD_NUMBER);
  }

  @Override
  Op get(Op prctl) {
    // The kernel wants to see that the others are 0.
    return prctl.arg(Prctl.PR_MCE_KILL_GET).arg(0).arg(0).arg(0).arg(0);
  }

  @Override
  boolean isIn(thread_core_entry entry) {
    return entry.hasMceKill();
  }

  @Override
  long value(thread_core_entry entry) {
    return entry.getMceKill();
  }

  @Override
  void set(Op prctl, long value) {
    prctl.arg(Prctl.PR_MCE_KILL).arg(Prctl.PR_MCE_KILL_SET).arg(value).arg(0).arg(0);
  }
}
