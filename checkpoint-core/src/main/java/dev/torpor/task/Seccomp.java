// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.seccomp_filter;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Seccomp mode and filters of a thread, seccomp(2). They return while the thread is still root,
 * since without no_new_privs that takes CAP_SYS_ADMIN, and are suspended by ptrace until it is let
 * go.
 */
public final class Seccomp implements ThreadRoom {
  // include/uapi/linux/prctl.h, include/uapi/linux/seccomp.h
  private static final int PR_SET_SECCOMP = 22;
  private static final int SECCOMP_MODE_STRICT = 1;
  private static final int SECCOMP_SET_MODE_FILTER = 1;

  // struct sock_fprog, include/uapi/linux/filter.h
  private static final int FPROG_SIZEOF = 16;
  private static final int FPROG_FILTER = 8;

  private final SeccompFilters filters;

  /** Filters are collected in, or returned from, those of a tree. */
  public Seccomp(SeccompFilters filters) {
    this.filters = filters;
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      return (core, answers) -> {};
    }
    filters.add(thread);
    return (core, answers) -> filters.entry(thread.tid(), core.getThreadCoreBuilder());
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
                      .call("restoring strict seccomp of " + plan.subject(), Nr.SYS_prctl)
                      .arg(PR_SET_SECCOMP)
                      .arg(SECCOMP_MODE_STRICT));
      case filter -> {
        boolean old = tc.hasOldSeccompFilter();
        int position = old ? tc.getOldSeccompFilter() : entry.getSeccompFilter();
        int flags = old ? SeccompFilters.SECCOMP_FILTER_FLAG_TSYNC : 0;
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
            .reserve(FPROG_SIZEOF)
            .putShort(0, code.lengthBytes() / SeccompFilters.INSTRUCTION_BYTES)
            .putPointer(FPROG_FILTER, code);
    // With TSYNC a thread that cannot follow is returned by its number.
    program
        .call(purpose, Nr.SYS_seccomp)
        .arg(SECCOMP_SET_MODE_FILTER)
        .arg(flags)
        .arg(fprog)
        .expect(0);
  }
}
