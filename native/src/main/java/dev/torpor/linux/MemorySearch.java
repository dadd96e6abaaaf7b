// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** memmem(3): in a JVM that has just started, searching megabytes in Java would cost tens of ms. */
public final class MemorySearch {
  private static final Function MEMMEM = NativeLibrary.getProcess().getFunction("memmem");

  private MemorySearch() {}

  /**
   * Finds bytes in the first {@code lengthBytes} of {@code haystack}.
   *
   * @return offset of the first occurrence, -1 if there is none
   */
  public static int indexOf(NativeMemory haystack, int lengthBytes, NativeMemory needle) {
    Object[] args = {
      new Pointer(haystack.address(lengthBytes) - lengthBytes),
      (long) lengthBytes,
      new Pointer(needle.address()),
      (long) needle.lengthBytes()
    };
    long found = MEMMEM.invokeLong(args);
    return found == 0 ? -1 : (int) (found - haystack.address());
  }
}
