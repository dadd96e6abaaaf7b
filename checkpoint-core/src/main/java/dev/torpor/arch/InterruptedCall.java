// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.linux.Futex;
import dev.torpor.linux.Nr;

/**
 * A system call that a stop has interrupted, and that the kernel does not make again but goes on
 * with, restart_syscall(2), by what it keeps of it (struct restart_block): a wait that is to end in
 * time.
 *
 * @param nr its number; SYS_restart_syscall if it has gone on before, of which the kernel keeps no
 *     number, though the arguments are still in their registers
 * @param args its arguments
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record InterruptedCall(int nr, long[] args) {

  /** Whether it went on once, so that only its arguments and the kernel know which it is. */
  public boolean isNameless() {
    return nr == Nr.SYS_restart_syscall;
  }

  /**
   * Whether it is the same to make it again, since no time is in its arguments that is over by now:
   * a poll(2) without end, and a futex(2) that waits until a time.
   */
  public boolean canStartAgain() {
    return switch (nr) {
      case Nr.SYS_poll -> (int) args[2] < 0;
      case Nr.SYS_futex -> operation() == Futex.FUTEX_WAIT_BITSET;
      default -> false;
    };
  }

  /** Of a futex(2). */
  public int operation() {
    return (int) args[1] & ~(Futex.FUTEX_PRIVATE_FLAG | Futex.FUTEX_CLOCK_REALTIME);
  }

  /** The same, when it is known which it is. */
  public InterruptedCall named(int number) {
    return new InterruptedCall(number, args);
  }
}
