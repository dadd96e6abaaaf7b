// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.util.Arrays;

/** The answers of a program whose data was copied out of where it ran. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ReadAnswers(long[] results, byte[] data) implements Answers {
  @Override
  public long result(Op op) {
    return results[op.index];
  }

  @Override
  public int getInt(Data piece, int at) {
    return (int) DataArea.get(data, piece.offset + at, Integer.BYTES);
  }

  @Override
  public long getLong(Data piece, int at) {
    return DataArea.get(data, piece.offset + at, Long.BYTES);
  }

  @Override
  public byte[] getBytes(Data piece) {
    return Arrays.copyOfRange(data, piece.offset, piece.offset + piece.lengthBytes());
  }
}
