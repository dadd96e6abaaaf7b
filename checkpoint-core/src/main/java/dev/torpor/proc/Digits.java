// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/**
 * Numbers in texts of proc. The JDK has a method for each kind of number, all of them long: a JVM
 * that has just started would have to compile four where this is one.
 */
public final class Digits {
  /** A number below this has room for one more digit, of any radix up to 16. */
  private static final int ROOM_BITS = 59;

  private Digits() {}

  /**
   * An unsigned number.
   *
   * @param start of its first digit
   * @param end behind its last digit
   * @param radix up to 16
   * @throws NumberFormatException if there is anything but digits, or more than 64 bits
   */
  public static long parse(String text, int start, int end, int radix) {
    long value = 0;
    for (int i = start; i < end; i++) {
      int digit = Character.digit(text.charAt(i), radix);
      if (digit < 0 || value >>> ROOM_BITS != 0) {
        return Long.parseUnsignedLong(text, start, end, radix);
      }
      value = value * radix + digit;
    }
    return start < end ? value : Long.parseUnsignedLong(text, start, end, radix);
  }

  /** As {@link #parse}, for a number of less than 32 bits. */
  static int parseInt(String text, int start, int end, int radix) {
    return parse(text, start, end, radix, Integer.SIZE - 1);
  }

  /** As {@link #parse}, for a number of up to 32 bits. */
  static int parseUnsignedInt(String text, int start, int end, int radix) {
    return parse(text, start, end, radix, Integer.SIZE);
  }

  private static int parse(String text, int start, int end, int radix, int bits) {
    long value = parse(text, start, end, radix);
    if (value >>> bits != 0) {
      throw new NumberFormatException(
          text.substring(start, end) + " has more than " + bits + " bits");
    }
    return (int) value;
  }
}
