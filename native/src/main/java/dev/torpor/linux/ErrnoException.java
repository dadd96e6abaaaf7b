// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.error.TorporException;

/**
 * A system call that failed; the text reads {@code ptrace(PTRACE_SEIZE, 1234): EPERM (Operation not
 * permitted)}.
 */
public final class ErrnoException extends TorporException {
  private static final long serialVersionUID = 1L;

  private final String call;

  /**
   * Describes one failed call.
   *
   * @param call the call's name, as in its man page
   * @param args its arguments, as a person would write them
   * @param errno the positive errno
   */
  public ErrnoException(String call, String args, int errno) {
    super(call + "(" + args + "): " + Errno.describe(errno), errno, null);
    this.call = call;
  }

  /**
   * Turns a failed {@link Syscall#raw} into an exception.
   *
   * @param result what the kernel returned, negative
   * @param args strings stand as they are, int in decimal, long in hexadecimal
   */
  public static ErrnoException of(long result, String call, Object... args) {
    StringBuilder text = new StringBuilder();
    for (Object arg : args) {
      if (text.length() > 0) {
        text.append(", ");
      }
      if (arg instanceof Long number) {
        text.append("0x").append(Long.toHexString(number));
      } else {
        text.append(arg);
      }
    }
    return new ErrnoException(call, text.toString(), (int) -result);
  }

  /** The call's name, such as {@code ptrace}. */
  public String call() {
    return call;
  }

  /** Whether the kernel's answer was {@code expected}. */
  public boolean is(Errno expected) {
    return errno() == expected.number();
  }
}
