// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.seccomp_filter;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Seccomp;
import dev.torpor.linux.Seccomp.SockFilter;
import dev.torpor.linux.Seccomp.SockFprog;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.Set;

/**
 * Seccomp mode and filters of a thread, seccomp(2). They return while the thread is still root,
 * since without no_new_privs that takes CAP_SYS_ADMIN, and are suspended by ptrace until it is let
 * go.
 */
public final class SeccompState implements ThreadRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.SECCOMP);
  }

  @Override
  public boolean asksTracee(ThreadState thread) {
    return thread.status().number("Seccomp") != 0;
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      return (core, answers) -> {};
    }
    SeccompFilters.Chain chain = thread.facts().get(SeccompFilters.class).add(thread);
    return (core, answers) -> chain.entry(core.thread());
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    task_core_entry tc = core.getTc();
    thread_core_entry entry = core.getThreadCore();
    // Until CRIU 3.4 mode and filter were the task's, and all its threads had them.
    boolean ofTask = tc.hasOldSeccompMode();
    switch (ofTask ? tc.getOldSeccompMode() : entry.getSeccompMode()) {
      case strict ->
          plan.at(
              Step.SECCOMP,
              program ->
                  program
                      .call("restoring strict seccomp of ", plan, Nr.SYS_prctl)
                      .arg(Prctl.PR_SET_SECCOMP)
                      .arg(Seccomp.SECCOMP_MODE_STRICT));
      case filter -> {
        boolean old = tc.hasOldSeccompFilter();
        int position = old ? tc.getOldSeccompFilter() : entry.getSeccompFilter();
        int flags = old ? Seccomp.SECCOMP_FILTER_FLAG_TSYNC : 0;
        SeccompFilters filters = plan.facts().get(SeccompFilters.class);
        int i = 1;
        for (seccomp_filter filter : filters.chain(position, plan.subject())) {
          String purpose = "restoring seccomp filter " + i++ + " of " + plan.subject();
          plan.at(
              Step.SECCOMP,
              program -> install(purpose, filter, filter.getFlags() | flags, program));
        }
      }
      case disabled -> {
        // As every task begins.
      }
    }
  }

  private static void install(String purpose, seccomp_filter filter, int flags, Program program) {
    Data code = program.bytes(filter.getFilter().toByteArray());
    Data fprog =
        program
            .reserve(SockFprog.SIZEOF)
            .putShort(SockFprog.len, code.lengthBytes() / SockFilter.SIZEOF)
            .putPointer(SockFprog.filter, code);
    // With TSYNC a thread that cannot follow is returned by its number.
    program
        .call(purpose, Nr.SYS_seccomp)
        .arg(Seccomp.SECCOMP_SET_MODE_FILTER)
        .arg(flags)
        .arg(fprog)
        .expect(0);
  }
}
