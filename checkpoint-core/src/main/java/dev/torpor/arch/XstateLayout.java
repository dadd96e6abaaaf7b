// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.linux.Blob;

/**
 * Where the components of the processor's extended state lie in an uncompacted XSAVE area; Intel
 * SDM volume 1, chapter 13. The offsets differ between processors, so CPUID is asked (leaf 0xd).
 */
public final class XstateLayout {
  public static final int YMM = 2;
  public static final int BNDREGS = 3;
  public static final int BNDCSR = 4;
  public static final int OPMASK = 5;
  public static final int ZMM_UPPER = 6;
  public static final int HI16_ZMM = 7;
  public static final int PKRU = 9;

  /** Those that images have a place for, beside x87 (0) and SSE (1). */
  private static final int[] COMPONENTS = {YMM, BNDREGS, BNDCSR, OPMASK, ZMM_UPPER, HI16_ZMM, PKRU};

  /** Feature mask of x87, SSE and {@link #components}. */
  public static final long CARRIED = 0b10_1111_1111;

  /** Its bit in such a mask. */
  static final long SSE = 0b10;

  /** Of the legacy area and the header behind it. */
  public static final int HEADER_END = 576;

  /** Where the area says which components are in use. */
  public static final int XSTATE_BV = 512;

  private static final int XSTATE_LEAF = 0xd;
  private static final int EAX = 0;
  private static final int EBX = 1;
  private static final int EDX = 3;

  /**
   * In bytes, as the image's arrays are long. CRIU counts the padding of PKRU, and refuses it
   * without.
   */
  private static final int[] IMAGE_BYTES = {0, 0, 256, 64, 64, 64, 512, 1024, 0, 8};

  private final long features;
  private final int[] offsets = new int[PKRU + 1];

  private XstateLayout(long features) {
    this.features = features;
  }

  /** The layout of this machine's processor. */
  public static XstateLayout ofThisProcessor() {
    int[][] main = Blob.cpuid(XSTATE_LEAF, 0);
    XstateLayout layout =
        new XstateLayout(Integer.toUnsignedLong(main[0][EAX]) | (long) main[0][EDX] << 32);
    int[][] components = Blob.cpuid(XSTATE_LEAF, COMPONENTS);
    for (int i = 0; i < COMPONENTS.length; i++) {
      layout.offsets[COMPONENTS[i]] = components[i][EBX];
    }
    return layout;
  }

  /** The components that images have a place for, beside x87 and SSE. */
  public static int[] components() {
    return COMPONENTS.clone();
  }

  /** The components that this processor has (XCR0 as CPUID allows it). */
  public long features() {
    return features;
  }

  /** Bytes from the start of the area. */
  public int offset(int component) {
    return offsets[component];
  }

  /** What an image holds of it, in bytes; 0 if this processor has no such component. */
  public int lengthBytes(int component) {
    return (features >> component & 1) != 0 ? IMAGE_BYTES[component] : 0;
  }

  /** Where the last of them ends, at least where the header does. */
  public int endBytes() {
    return endBytes(CARRIED);
  }

  private int endBytes(long mask) {
    int end = HEADER_END;
    for (int component : COMPONENTS) {
      if ((mask >> component & 1) != 0) {
        end = Math.max(end, offset(component) + lengthBytes(component));
      }
    }
    return (end + Long.BYTES - 1) & -Long.BYTES;
  }

  /**
   * How much of an area a signal frame must hold. With one longer than the kernel would make it
   * rt_sigreturn restores x87 and SSE only (check_xstate_in_sigframe in arch/x86/kernel/fpu):
   * ptrace gives room for AMX tiles also to threads that may not use them.
   *
   * @param used XSTATE_BV, the components that are not in their initial state
   * @param lengthBytes of the area
   */
  public int usedBytes(long used, int lengthBytes) {
    return (used & ~CARRIED) != 0 ? lengthBytes : Math.min(endBytes(used), lengthBytes);
  }

  /** Size of an element of the image's array. */
  public static int wordBytes(int component) {
    return component == YMM || component == PKRU ? 4 : 8;
  }
}
