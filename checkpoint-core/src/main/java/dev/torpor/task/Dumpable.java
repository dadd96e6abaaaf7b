// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.mm_entry;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Whether a task leaves core files, and so whether it may be looked into, PR_SET_DUMPABLE: an
 * attribute of the address space, which is asked for with the rest of that.
 *
 * <p>Every change of identity in any thread resets it, so every thread sets it after its own. Value
 * 2, core files for root only, comes from the kernel alone (fs.suid_dumpable); 0 takes its place,
 * as CRIU does, which is the safe side.
 */
public final class Dumpable {
  private static final int YES = 1;

  private Dumpable() {}

  /** Plans the return in one thread; to be called for all of them, behind the credentials. */
  public static void plan(mm_entry mm, ThreadPlan plan) {
    if (mm.hasDumpable()) {
      plan.at(
          Step.CREDENTIALS,
          program ->
              program
                  .call("restoring dumpable of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_DUMPABLE)
                  .arg(mm.getDumpable() == YES ? YES : 0));
    }
  }
}
