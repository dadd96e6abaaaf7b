// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A little-endian buffer that grows; the data of one {@link Program}. */
final class DataArea {
  private ByteBuffer bytes = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
  private int used;

  int reserve(int lengthBytes, int alignment) {
    int start = (used + alignment - 1) & -alignment;
    used = Math.addExact(start, lengthBytes);
    if (used > bytes.capacity()) {
      int capacity = (int) Math.min(Integer.MAX_VALUE - 8, Math.max(used, bytes.capacity() * 2L));
      bytes =
          ByteBuffer.wrap(Arrays.copyOf(bytes.array(), capacity)).order(ByteOrder.LITTLE_ENDIAN);
    }
    return start;
  }

  int lengthBytes() {
    return used;
  }

  byte[] array() {
    return bytes.array();
  }

  void putShort(int at, short value) {
    bytes.putShort(at, value);
  }

  void putInt(int at, int value) {
    bytes.putInt(at, value);
  }

  void putLong(int at, long value) {
    bytes.putLong(at, value);
  }

  void putBytes(int at, byte[] source) {
    System.arraycopy(source, 0, bytes.array(), at, source.length);
  }
}
