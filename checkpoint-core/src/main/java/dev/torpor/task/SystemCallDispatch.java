// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.user_dispatch_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.UserDispatch;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * System calls that a thread handles itself, PR_SET_SYSCALL_USER_DISPATCH. It is stopped where its
 * selector lets calls pass ({@link UserDispatch} refuses all else), so those of a restore pass,
 * too.
 */
public final class SystemCallDispatch implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    return (core, answers) -> {
      UserDispatch dispatch = thread.dispatch();
      if (dispatch != null) {
        core.thread().embedded(thread_core_entry.USER_DISPATCH_FIELD_NUMBER, entry(dispatch));
      }
    };
  }

  /**
   * The code that is spared, or, since Linux 6.16, the code that is not: the kernel keeps and tells
   * that as all that lies around it, which goes over the end of the addresses.
   */
  static user_dispatch_entry entry(UserDispatch dispatch) {
    long end = dispatch.offset() + dispatch.lengthBytes();
    boolean isAround = dispatch.offset() != 0 && Long.compareUnsigned(end, dispatch.offset()) <= 0;
    return user_dispatch_entry
        .newBuilder()
        .setMode(isAround ? Prctl.PR_SYS_DISPATCH_INCLUSIVE_ON : Prctl.PR_SYS_DISPATCH_ON)
        .setOffset(isAround ? end : dispatch.offset())
        .setLen(isAround ? -dispatch.lengthBytes() : dispatch.lengthBytes())
        .setSelector(dispatch.selector())
        .build();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (core.getThreadCore().hasUserDispatch()) {
      user_dispatch_entry dispatch = core.getThreadCore().getUserDispatch();
      plan.at(
          Step.CREDENTIALS,
          program ->
              program
                  .call("restoring PR_SET_SYSCALL_USER_DISPATCH of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_SYSCALL_USER_DISPATCH)
                  .arg(dispatch.getMode())
                  .arg(dispatch.getOffset())
                  .arg(dispatch.getLen())
                  .arg(dispatch.getSelector()));
    }
  }
}
