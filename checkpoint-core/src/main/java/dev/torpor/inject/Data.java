// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

/**
 * A piece of a program's data area, little-endian as the kernel reads it. Offsets are in bytes from
 * its start. A piece may hold addresses of other pieces; they are filled in when the program's
 * place in memory is known.
 */
public final class Data {
  final Program program;
  final int offset;
  private final int lengthBytes;

  Data(Program program, int offset, int lengthBytes) {
    this.program = program;
    this.offset = offset;
    this.lengthBytes = lengthBytes;
  }

  /** Size of this piece in bytes. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** The part of this piece that begins {@code start} bytes into it. */
  public Data from(int start) {
    return new Data(program, at(start, 0), lengthBytes - start);
  }

  /** Stores 16 bits. */
  public Data putShort(int at, int value) {
    program.area.putShort(at(at, 2), (short) value);
    return this;
  }

  /** Stores 32 bits. */
  public Data putInt(int at, int value) {
    program.area.putInt(at(at, 4), value);
    return this;
  }

  /** Stores 64 bits. */
  public Data putLong(int at, long value) {
    program.area.putLong(at(at, 8), value);
    return this;
  }

  /** Stores the first {@code count} numbers of 64 bits from the start on. */
  public Data putLongs(long[] values, int count) {
    int start = at(0, count * Long.BYTES);
    for (int i = 0; i < count; i++) {
      program.area.putLong(start + i * Long.BYTES, values[i]);
    }
    return this;
  }

  /** Stores bytes. */
  public Data putBytes(int at, byte[] bytes) {
    program.area.putBytes(at(at, bytes.length), bytes);
    return this;
  }

  /** Stores the address that {@code target} will have. */
  public Data putPointer(int at, Data target) {
    program.addPointer(at(at, 8), target);
    return this;
  }

  private int at(int start, int count) {
    if (start < 0 || start + count > lengthBytes) {
      throw new IndexOutOfBoundsException(start + "+" + count + " of " + lengthBytes + " bytes");
    }
    return offset + start;
  }
}
