// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The one native function behind all of this package: {@code syscall(2)}.
 *
 * <p>Registering a class costs JNA about 20 ms once and 50 us per function, so there is one
 * function. On x86-64 and AArch64 a variadic function takes integer arguments exactly as one with
 * fixed arity does, and the kernel ignores the arguments a call does not have.
 */
final class LibC {
  /** JNA looks for libraries in the directories this property names. */
  private static final String LIBRARY_PATH = "jna.platform.library.path";

  static {
    // Left unset, JNA runs ldconfig in a child process to learn directories nobody here looks into:
    // 10 ms, and a SIGCHLD in the middle of the caller's own waiting.
    if (System.getProperty(LIBRARY_PATH) == null) {
      System.setProperty(LIBRARY_PATH, "");
    }
    Native.register(LibC.class, NativeLibrary.getProcess());
  }

  private LibC() {}

  static native long syscall(long nr, long a, long b, long c, long d, long e, long f);

  /** The errno of this thread's latest native call; nothing else in Torpor reads errno. */
  static int errno() {
    return Native.getLastError();
  }
}
