// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * Raw system calls of the calling thread, in the kernel's own convention.
 *
 * <p>The typed classes of this package are built on it; use it directly where a failure is an
 * expected answer and an exception would only cost time. Numbers are in {@link Nr}. No call is
 * repeated after {@code EINTR}, except where a typed method says so.
 */
public final class Syscall {
  private Syscall() {}

  /**
   * Makes a system call.
   *
   * @param nr one of {@link Nr}; arguments the call does not have are ignored by the kernel
   * @return what the kernel returns: the result, or an errno negated (-4095 to -1)
   */
  public static long raw(long nr, long a, long b, long c, long d, long e, long f) {
    long result = LibC.syscall(nr, a, b, c, d, e, f);
    return result == -1 ? -LibC.errno() : result;
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, without arguments. */
  public static long raw(long nr) {
    return raw(nr, 0, 0, 0, 0, 0, 0);
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, with one argument. */
  public static long raw(long nr, long a) {
    return raw(nr, a, 0, 0, 0, 0, 0);
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, with two arguments. */
  public static long raw(long nr, long a, long b) {
    return raw(nr, a, b, 0, 0, 0, 0);
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, with three arguments. */
  public static long raw(long nr, long a, long b, long c) {
    return raw(nr, a, b, c, 0, 0, 0);
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, with four arguments. */
  public static long raw(long nr, long a, long b, long c, long d) {
    return raw(nr, a, b, c, d, 0, 0);
  }

  /** As {@link #raw(long, long, long, long, long, long, long)}, with five arguments. */
  public static long raw(long nr, long a, long b, long c, long d, long e) {
    return raw(nr, a, b, c, d, e, 0);
  }

  /** Whether {@code result} is an errno negated, by the kernel's rule (the last 4095 values). */
  public static boolean failed(long result) {
    return result < 0 && result >= -4095;
  }
}
