// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.math.BigInteger;

/** Device numbers as {@code major:minor}. */
final class Devices {
  private static final int KERNEL_MINOR_BITS = 20;

  private Devices() {}

  /** The kernel's own {@code dev_t}: 12 bits of major, 20 of minor. */
  static String formatKernel(long device) {
    return Long.toString(device >>> KERNEL_MINOR_BITS)
        + ':'
        + (device & (1L << KERNEL_MINOR_BITS) - 1);
  }

  /** {@code st_rdev} and the like, as major(3) and minor(3) of glibc take it apart. */
  static String formatUser(long device) {
    long major = (device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L);
    long minor = (device & 0xff) | (device >>> 12 & 0xffffff00L);
    return major + ":" + minor;
  }

  static BigInteger parseKernel(String text) {
    return BigInteger.valueOf(major(text) << KERNEL_MINOR_BITS | minor(text));
  }

  static BigInteger parseUser(String text) {
    long major = major(text);
    long minor = minor(text);
    long device =
        (major & 0xfff) << 8
            | (major & 0xfffff000L) << 32
            | (minor & 0xff)
            | (minor & 0xffffff00L) << 12;
    return new BigInteger(Long.toUnsignedString(device));
  }

  private static long major(String text) {
    return Long.parseLong(text.substring(0, colon(text)).strip());
  }

  private static long minor(String text) {
    return Long.parseLong(text.substring(colon(text) + 1).strip());
  }

  private static int colon(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new NumberFormatException("not major:minor: " + text);
    }
    return colon;
  }
}
