// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.util.Arrays;

/**
 * Little-endian bytes that grow; the data of one {@link Program}. Not a buffer of java.nio, which a
 * JVM that has just started takes far longer for.
 */
final class DataArea {
  private byte[] bytes = new byte[256];
  private int used;

  int reserve(int lengthBytes, int alignment) {
    int start = (used + alignment - 1) & -alignment;
    used = Math.addExact(start, lengthBytes);
    if (used > bytes.length) {
      int capacity = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(used, bytes.length * 2L));
      bytes = Arrays.copyOf(bytes, capacity);
    }
    return start;
  }

  int lengthBytes() {
    return used;
  }

  byte[] array() {
    return bytes;
  }

  void putShort(int at, short value) {
    put(at, value, Short.BYTES);
  }

  void putInt(int at, int value) {
    put(at, value, Integer.BYTES);
  }

  /** Without a loop: tables of mappings are written before there is compiled code. */
  void putLong(int at, long value) {
    bytes[at] = (byte) value;
    bytes[at + 1] = (byte) (value >>> 8);
    bytes[at + 2] = (byte) (value >>> 16);
    bytes[at + 3] = (byte) (value >>> 24);
    bytes[at + 4] = (byte) (value >>> 32);
    bytes[at + 5] = (byte) (value >>> 40);
    bytes[at + 6] = (byte) (value >>> 48);
    bytes[at + 7] = (byte) (value >>> 56);
  }

  private void put(int at, long value, int count) {
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >>> (i * Byte.SIZE));
    }
  }

  /** A number of {@code count} bytes, without its sign. */
  static long get(byte[] bytes, int at, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (bytes[at + i] & 0xffL) << (i * Byte.SIZE);
    }
    return value;
  }

  void putBytes(int at, byte[] source) {
    System.arraycopy(source, 0, bytes, at, source.length);
  }
}
