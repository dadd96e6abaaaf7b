// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

/**
 * What of two processors is compared; the numbers are those of CRIU's RPC field {@code cpu_cap}.
 */
public enum CpuCap {
  /** The state that the kernel saves of a thread: x87 to AVX-512, its components and its length. */
  FPU(1),
  /** Everything must be the same. */
  CPU(2),
  /** Instructions: the processor that restores may have more. */
  INS(4);

  private final int bit;

  CpuCap(int bit) {
    this.bit = bit;
  }

  /** Its bit in {@code cpu_cap}. */
  public int bit() {
    return bit;
  }
}
