// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.CpuList;
import dev.torpor.proc.CpuSets;
import java.nio.charset.StandardCharsets;

/**
 * The processors that a thread may run on, sched_setaffinity(2). The kernel shows that and the
 * limit of the task's cgroup (cpuset) as one; what equals the limit, or all that there are, is
 * taken for no restriction of the thread's own, so that it may follow the limit later.
 *
 * <p>Returned when tasks are in their cgroups. Where none of the processors is there, the thread
 * runs on all, and the restore warns.
 */
public final class CpuAffinity implements ThreadRoom {
  private final CpuSets sets = new CpuSets();

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    String allowed = thread.status().text("Cpus_allowed_list");
    if (!sets.isRestricted(allowed, thread.proc(), thread.pid())) {
      return (core, answers) -> {};
    }
    return (core, answers) ->
        core.thread()
            .bytes(
                thread_core_entry.CPUS_ALLOWED_FIELD_NUMBER,
                allowed.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!core.getThreadCore().hasCpusAllowed()) {
      return;
    }
    String allowed = core.getThreadCore().getCpusAllowed();
    byte[] mask = CpuList.mask(allowed);
    if (mask == null) {
      throw ImageException.contradiction(
          "CPU affinity of " + plan.subject(), "\"" + allowed + "\" is no list of processors");
    }
    plan.at(
        Step.ARM,
        program ->
            program
                .call(
                    "restoring CPU affinity " + allowed + " of " + plan.subject(),
                    Nr.SYS_sched_setaffinity)
                .arg(0)
                .arg(mask.length)
                .arg(program.bytes(mask))
                .warnIfItFails());
  }
}
