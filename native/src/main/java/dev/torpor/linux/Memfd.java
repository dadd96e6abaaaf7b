// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** memfd_create(2). Constants from include/uapi/linux/memfd.h. */
public final class Memfd {

  // Since Linux 3.17; HUGETLB 4.14; the two about execution 6.3.
  public static final int MFD_CLOEXEC = 0x1;
  public static final int MFD_ALLOW_SEALING = 0x2;
  public static final int MFD_HUGETLB = 0x4;
  public static final int MFD_NOEXEC_SEAL = 0x8;
  public static final int MFD_EXEC = 0x10;
  public static final int MFD_HUGE_SHIFT = 26;
  public static final long MFD_HUGE_2MB = 0x54000000L;
  public static final long MFD_HUGE_1GB = 0x78000000L;

  private Memfd() {}

  /** A new anonymous file of length 0; {@code name} shows as {@code /memfd:name}. */
  public static int memfdCreate(String name, long flags) {
    long result = Syscall.raw(Nr.SYS_memfd_create, Scratch.name(name), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "memfd_create", Fcntl.quote(name), flags);
    }
    return (int) result;
  }
}
