// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Capability;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStatus;
import java.nio.file.Path;

/**
 * The fact how many records of the kernel the signals that wait and the POSIX timers of a tree
 * take, one each. RLIMIT_SIGPENDING limits those of a user, and the user is whoever restores: of a
 * signal that finds none the kernel loses without a word what came with it, or the signal.
 */
public final class SignalRecords {
  private long wanted;

  /** Counts those of a thread. The first who does has it seen to that there are enough. */
  public static void add(int records, ThreadPlan plan) {
    if (records == 0) {
      return;
    }
    SignalRecords all = plan.facts().of(SignalRecords.class, SignalRecords::new);
    if (all.wanted == 0) {
      plan.needs(machine -> all.verify(0, machine));
      plan.takes(machine -> all.verify(inUse(), machine));
    }
    all.wanted += records;
  }

  /** By this user, in all processes: SigQ is NUMBER/LIMIT. */
  private static long inUse() {
    String queued = ownStatus().text("SigQ");
    return Long.parseLong(queued.substring(0, queued.indexOf('/')));
  }

  private static TaskStatus ownStatus() {
    return new ProcFs(Path.of("/proc")).status(Unistd.getpid(), Unistd.getpid());
  }

  private void verify(long inUse, Machine machine) {
    long limit = machine.signalLimit();
    boolean fits = limit == Resource.RLIM_INFINITY || wanted + inUse <= limit;
    if (!fits && !canRaise()) {
      throw new RestoreException(
          "waiting signals and POSIX timers of the tree: they are "
              + wanted
              + (inUse == 0 ? "" : ", those of others of this user " + inUse)
              + ", and RLIMIT_SIGPENDING is "
              + limit
              + "; raise it (prlimit --sigpending) for whoever restores, or give it CAP_SYS_RESOURCE");
    }
  }

  private static boolean canRaise() {
    return (ownStatus().mask("CapEff") & 1L << Capability.CAP_SYS_RESOURCE) != 0;
  }
}
