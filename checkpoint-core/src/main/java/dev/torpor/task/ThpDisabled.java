// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.mm_entry;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Whether a task wants no transparent huge pages, PR_SET_THP_DISABLE: an attribute of the address
 * space, which is asked for with the rest of that. Returned before there are any mappings. It is
 * inherited, so it is set in either case.
 *
 * <p>Linux 6.18 knows "only where madvise asks for them" as well, as a flag beside the lowest bit,
 * which is all that images of CRIU have.
 */
public final class ThpDisabled {
  private static final int DISABLED = 1;

  private ThpDisabled() {}

  /** Puts what PR_GET_THP_DISABLE gives into an entry. */
  public static void note(int state, mm_entry.Builder mm) {
    mm.setThpDisabled(state != 0);
    if ((state & ~DISABLED) != 0) {
      mm.setThpDisableFlags(state & ~DISABLED);
    }
  }

  /** Plans the return in the leader. */
  public static void plan(mm_entry mm, ThreadPlan plan) {
    if (plan.isLeader()) {
      plan.at(
          Step.MAP,
          program ->
              program
                  .call("restoring THP disable of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_THP_DISABLE)
                  .arg(mm.getThpDisabled() ? DISABLED : 0)
                  .arg(mm.getThpDisableFlags()));
    }
  }
}
