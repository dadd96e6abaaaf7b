// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Descriptors.FieldDescriptor;
import java.math.BigInteger;

/** Integers of protobuf fields as text: signed or unsigned, decimal or hexadecimal. */
final class Numbers {
  private Numbers() {}

  static boolean isUnsigned(FieldDescriptor field) {
    return switch (field.getType()) {
      case UINT32, FIXED32, UINT64, FIXED64 -> true;
      default -> false;
    };
  }

  /** The value of an integer field in 64 bits, extended as its type says. */
  static long widen(FieldDescriptor field, Object value) {
    if (value instanceof Integer word) {
      return isUnsigned(field) ? Integer.toUnsignedLong(word) : word;
    }
    return (Long) value;
  }

  static String decimal(FieldDescriptor field, long value) {
    return isUnsigned(field) ? Long.toUnsignedString(value) : Long.toString(value);
  }

  /** As Python's {@code "0x%x"}: a negative number has its sign in front. */
  static String hex(FieldDescriptor field, long value) {
    return value < 0 && !isUnsigned(field)
        ? "-0x" + Long.toHexString(-value)
        : "0x" + Long.toHexString(value);
  }

  /**
   * Reads decimal, {@code 0x}, {@code 0o} or {@code 0b}, as Python's {@code int(text, 0)}.
   *
   * @throws NumberFormatException if it is none of these
   */
  static BigInteger parse(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    int radix = radixOf(digits);
    String number = radix == 10 ? digits : digits.substring(2);
    if (number.isEmpty() || Character.digit(number.charAt(0), radix) < 0) {
      throw new NumberFormatException("not a number: " + text);
    }
    BigInteger value = new BigInteger(number, radix);
    return negative ? value.negate() : value;
  }

  private static int radixOf(String digits) {
    if (digits.length() < 2 || digits.charAt(0) != '0') {
      return 10;
    }
    return switch (digits.charAt(1)) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
  }

  /**
   * The value as protobuf wants it for this field.
   *
   * @throws ArithmeticException if the field cannot hold it
   */
  static Object narrow(FieldDescriptor field, BigInteger value) {
    boolean wide = field.getJavaType() == FieldDescriptor.JavaType.LONG;
    int bits = wide ? Long.SIZE : Integer.SIZE;
    boolean fits =
        isUnsigned(field)
            ? value.signum() >= 0 && value.bitLength() <= bits
            : value.bitLength() < bits;
    if (!fits) {
      throw new ArithmeticException(value + " does not fit into " + field.getType());
    }
    return wide ? (Object) value.longValue() : (Object) value.intValue();
  }
}
