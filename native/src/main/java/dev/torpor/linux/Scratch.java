// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.nio.ByteBuffer;

/**
 * A thread's own few pages for arguments of one system call: no allocation per call.
 *
 * <p>Valid until the thread's next call through this package.
 */
final class Scratch {
  /** Room for small structures, before the names. */
  static final int STRUCT_BYTES = 4096;

  private static final int NAME_BYTES = 8192;
  private static final int LENGTH_BYTES = STRUCT_BYTES + 2 * NAME_BYTES;

  // Buffers of the JDK are freed with their thread, malloc'ed memory would not be.
  private static final ThreadLocal<Scratch> MINE = new ThreadLocal<>();

  /** Of whoever asked last, as a rule the one who asks next: looking there first is cheaper. */
  private static volatile Scratch latest;

  private final Thread owner = Thread.currentThread();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH_BYTES);
  private final NativeMemory memory;

  private Scratch() {
    memory = NativeMemory.ofAddress(NativeMemory.addressOf(buffer), LENGTH_BYTES);
  }

  private static Scratch mine() {
    Scratch scratch = latest;
    if (scratch != null && scratch.owner == Thread.currentThread()) {
      return scratch;
    }
    scratch = MINE.get();
    if (scratch == null) {
      scratch = new Scratch();
      MINE.set(scratch);
    }
    latest = scratch;
    return scratch;
  }

  /** This thread's room for structures; what an earlier call left is still in it. */
  static NativeMemory memory() {
    return mine().memory;
  }

  /** The address of {@code name} with a NUL behind it. */
  static long name(String name) {
    return put(name, STRUCT_BYTES, "name");
  }

  /** The address of a second name, for calls that take two. */
  static long secondName(String name) {
    return put(name, STRUCT_BYTES + NAME_BYTES, "second name");
  }

  private static long put(String name, int offset, String what) {
    NativeMemory memory = mine().memory;
    byte[] encoded = KernelString.encode(name);
    if (encoded.length >= NAME_BYTES) {
      // The kernel takes 4095 bytes; it says so itself for lengths in between.
      throw new ErrnoException(what, encoded.length + " bytes", Errno.ENAMETOOLONG.number());
    }
    memory.putBytes(offset, encoded).putByte(offset + encoded.length, 0);
    return memory.address() + offset;
  }
}
