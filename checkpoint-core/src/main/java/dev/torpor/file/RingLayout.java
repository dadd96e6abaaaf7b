// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.io_uring_entry;
import dev.torpor.linux.IoUring;
import dev.torpor.linux.IoUring.CqOffsets;
import dev.torpor.linux.IoUring.Params;
import dev.torpor.linux.IoUring.SqOffsets;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;

/**
 * Where the kernel has heads, tails and arrays in the memory of a ring. A program has asked for it
 * once, so the kernel of a restore must have them at the same places.
 *
 * @param bytes struct io_sqring_offsets and struct io_cqring_offsets
 */
record RingLayout(ByteString bytes) {
  /** Asks the kernel, with a ring that goes at once. */
  static RingLayout of(int sqEntries, int cqEntries, int setupFlags) {
    try (NativeMemory params = NativeMemory.allocate(Params.SIZEOF)) {
      params.putInt(Params.cq_entries, cqEntries).putInt(Params.flags, setupFlags);
      Unistd.close(IoUring.setup(sqEntries, params));
      return new RingLayout(
          ByteString.copyFrom(params.getBytes(Params.sq_off, SqOffsets.SIZEOF + CqOffsets.SIZEOF)));
    }
  }

  static RingLayout of(io_uring_entry ring) {
    return new RingLayout(ring.getLayout());
  }

  int sqHead() {
    return at(SqOffsets.head);
  }

  int sqTail() {
    return at(SqOffsets.tail);
  }

  int cqHead() {
    return at(SqOffsets.SIZEOF + CqOffsets.head);
  }

  int cqTail() {
    return at(SqOffsets.SIZEOF + CqOffsets.tail);
  }

  /** What the kernel has asked the program for, IORING_SQ_*. */
  int sqFlags(ByteString rings) {
    return intAt(rings, at(SqOffsets.flags));
  }

  private int at(int offset) {
    return intAt(bytes, offset);
  }

  private static int intAt(ByteString bytes, int at) {
    return (bytes.byteAt(at) & 0xff)
        | ((bytes.byteAt(at + 1) & 0xff) << 8)
        | ((bytes.byteAt(at + 2) & 0xff) << 16)
        | (bytes.byteAt(at + 3) << 24);
  }

  /**
   * Looks whether the running kernel has the same.
   *
   * @throws UnsupportedException if it has not
   */
  void verify(String subject, io_uring_entry ring, int setupFlags) {
    if (!of(ring.getSqEntries(), ring.getCqEntries(), setupFlags).equals(this)) {
      throw new UnsupportedException(
          subject,
          "this kernel lays out the memory of an io_uring otherwise than the one of the dump;"
              + " restore it there");
    }
  }
}
