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
 * <p>Linux 6.18 knows "only where madvise asks for them" as well. Images have one bit; as with CRIU
 * the task comes back without huge pages.
 */
public final class ThpDisabled {
  private ThpDisabled() {}

  /** Plans the return in the leader. */
  public static void plan(mm_entry mm, ThreadPlan plan) {
    if (plan.isLeader()) {
      plan.at(
          Step.MAP,
          program ->
              program
                  .call("restoring THP disable of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_THP_DISABLE)
                  .arg(mm.getThpDisabled() ? 1 : 0));
    }
  }
}
