// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

/** Sizes and offsets in bytes of {@code struct program} and {@code struct op} in blob.h. */
final class ProgramLayout {
  static final int PC = 0;
  static final int FAILED = 8;
  static final int COUNT = 16;
  static final int CONTROL = 24;
  static final int OPS = 32;

  static final int OP_CODE = 0;
  static final int OP_NR = 4;
  static final int OP_INDIRECT = 8;
  static final int OP_EXPECT = 12;
  static final int OP_ARGS = 16;
  static final int OP_EXPECTED = 64;
  static final int OP_RESULT = 72;
  static final int OP_SIZE = 80;

  /** struct control. */
  static final int CONTROL_ABORT = 0;

  static final int CONTROL_SIZE = 8;

  /** The blob's {@code remote_call}: a syscall instruction with a trap behind it. */
  static final int REMOTE_CALL = 0x10;

  private ProgramLayout() {}
}
