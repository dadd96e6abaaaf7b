// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Ptrace.SudConfig;

/**
 * Which system calls of a thread the kernel does not make but hands to the thread's own handler
 * (SIGSYS), as Wine has it: PR_SET_SYSCALL_USER_DISPATCH in prctl(2).
 *
 * @param offset first address of the code whose calls are made in any case
 * @param lengthBytes how long it is
 * @param selector where a byte says what becomes of all others; 0 if none does
 */
public record UserDispatch(long offset, long lengthBytes, long selector) {
  /**
   * Looks at a stopped thread.
   *
   * @param room for some bytes
   * @return null if all calls are made
   * @throws UnsupportedException if those that it is to be asked by would not be made now
   */
  static UserDispatch read(int pid, int tid, NativeMemory room) {
    Ptrace.getUserDispatch(tid, room);
    if (room.getLong(SudConfig.mode) == Prctl.PR_SYS_DISPATCH_OFF) {
      return null;
    }
    long selector = room.getLong(SudConfig.selector);
    UserDispatch dispatch =
        new UserDispatch(room.getLong(SudConfig.offset), room.getLong(SudConfig.len), selector);
    boolean lets =
        selector != 0
            && ProcessVm.read(pid, selector, room, 1) == 1
            && room.getByte(0) == Prctl.SYSCALL_DISPATCH_FILTER_ALLOW;
    if (!lets) {
      throw new UnsupportedException(
          "thread " + tid,
          "its system calls go to a handler of its own (PR_SET_SYSCALL_USER_DISPATCH), as ours would"
              + " that it is asked by; "
              + (selector == 0 ? "let it turn that off" : "try again when its selector lets them"));
    }
    return dispatch;
  }
}
