// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.nio.charset.StandardCharsets;

/** What a {@link Program} that ran gave back: results of its calls and content of its data. */
public interface Answers {
  /** Zeros, whatever the question was: for code that is run once before it counts. */
  Answers ZEROS =
      new Answers() {
        @Override
        public long result(Op op) {
          return 0;
        }

        @Override
        public int getInt(Data data, int at) {
          return 0;
        }

        @Override
        public long getLong(Data data, int at) {
          return 0;
        }

        @Override
        public byte[] getBytes(Data data) {
          return new byte[data.lengthBytes()];
        }
      };

  /** Result of a call; an error is the negated error number. */
  long result(Op op);

  /** 32 bits at {@code at} bytes into {@code data}. */
  int getInt(Data data, int at);

  /** 64 bits at {@code at} bytes into {@code data}. */
  long getLong(Data data, int at);

  /** All bytes of {@code data}. */
  byte[] getBytes(Data data);

  /** The bytes of {@code data} before the first NUL, as UTF-8. */
  default String getString(Data data) {
    byte[] bytes = getBytes(data);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
