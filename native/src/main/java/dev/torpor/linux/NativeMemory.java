// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Memory outside the Java heap, at an address the kernel can be given.
 *
 * <p>Offsets and lengths are in bytes, numbers in the machine's byte order. Every access is checked
 * against the length. Not thread-safe; whoever allocates must close. A slice or a view of somebody
 * else's memory ({@link #ofAddress}) is not freed by {@link #close()} and is only valid while the
 * memory under it is.
 */
public final class NativeMemory implements AutoCloseable {
  private final long address;
  private final boolean owned;
  private ByteBuffer bytes;

  private NativeMemory(long address, ByteBuffer bytes, boolean owned) {
    this.address = address;
    this.bytes = bytes.order(ByteOrder.nativeOrder());
    this.owned = owned;
  }

  /** Allocates zeroed memory, aligned to 16 bytes; at most 2 GiB, use {@link Mman} beyond. */
  public static NativeMemory allocate(int lengthBytes) {
    long address = Native.malloc(Math.max(lengthBytes, 1));
    if (address == 0) {
      throw new ErrnoException("malloc", lengthBytes + "", Errno.ENOMEM.number());
    }
    Pointer pointer = new Pointer(address);
    pointer.clear(lengthBytes);
    return new NativeMemory(address, pointer.getByteBuffer(0, lengthBytes), true);
  }

  /** Allocates a copy of {@code content}. */
  public static NativeMemory of(byte[] content) {
    NativeMemory memory = allocate(content.length);
    memory.putBytes(0, content);
    return memory;
  }

  /** Allocates a NUL-terminated copy of {@code text}, encoded by {@link KernelString}. */
  public static NativeMemory ofString(String text) {
    byte[] encoded = KernelString.encode(text);
    return of(Arrays.copyOf(encoded, encoded.length + 1));
  }

  /** A window on memory that is there already, for instance mapped by {@link Mman#mmap}. */
  public static NativeMemory ofAddress(long address, int lengthBytes) {
    return new NativeMemory(address, new Pointer(address).getByteBuffer(0, lengthBytes), false);
  }

  /** The address of a direct buffer's first byte (its position does not count). */
  public static long addressOf(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }

  /** Where the memory starts. */
  public long address() {
    return address;
  }

  /** The address of the byte at {@code offset}; the end itself is allowed. */
  public long address(int offset) {
    checkRange(offset, 0);
    return address + offset;
  }

  /**
   * Where the memory starts, for a call that touches {@code lengthBytes}: checks that they are
   * there.
   */
  public long addressFor(int lengthBytes) {
    checkRange(0, lengthBytes);
    return address;
  }

  /** How many bytes there are. */
  public int lengthBytes() {
    return bytes().capacity();
  }

  private ByteBuffer bytes() {
    if (bytes == null) {
      throw new IllegalStateException("memory used after close");
    }
    return bytes;
  }

  private void checkRange(int offset, int lengthBytes) {
    int capacity = bytes().capacity();
    if (offset < 0 || lengthBytes < 0 || offset > capacity - lengthBytes) {
      throw new IndexOutOfBoundsException(
          "bytes " + offset + " + " + lengthBytes + " of " + capacity);
    }
  }

  /** The byte at {@code offset}. */
  public byte getByte(int offset) {
    return bytes().get(offset);
  }

  /** The byte at {@code offset}, as 0 to 255. */
  public int getUnsignedByte(int offset) {
    return bytes().get(offset) & 0xff;
  }

  /** The 16-bit number at {@code offset}. */
  public short getShort(int offset) {
    return bytes().getShort(offset);
  }

  /** The 16-bit number at {@code offset}, as 0 to 65535. */
  public int getUnsignedShort(int offset) {
    return bytes().getShort(offset) & 0xffff;
  }

  /** The 32-bit number at {@code offset}. */
  public int getInt(int offset) {
    return bytes().getInt(offset);
  }

  /** The 32-bit number at {@code offset}, never negative. */
  public long getUnsignedInt(int offset) {
    return bytes().getInt(offset) & 0xffffffffL;
  }

  /** The 64-bit number at {@code offset}. */
  public long getLong(int offset) {
    return bytes().getLong(offset);
  }

  /** Copies out 64-bit numbers, {@code count} of them from {@code offset} on. */
  public long[] getLongs(int offset, int count) {
    checkRange(offset, count * Long.BYTES);
    long[] copy = new long[count];
    buffer(offset, count * Long.BYTES).asLongBuffer().get(copy);
    return copy;
  }

  /** Copies out 32-bit numbers, {@code count} of them from {@code offset} on. */
  public int[] getInts(int offset, int count) {
    checkRange(offset, count * Integer.BYTES);
    int[] copy = new int[count];
    buffer(offset, count * Integer.BYTES).asIntBuffer().get(copy);
    return copy;
  }

  /** Stores a byte. */
  public NativeMemory putByte(int offset, int value) {
    bytes().put(offset, (byte) value);
    return this;
  }

  /** Stores the low 16 bits. */
  public NativeMemory putShort(int offset, int value) {
    bytes().putShort(offset, (short) value);
    return this;
  }

  /** Stores 32 bits. */
  public NativeMemory putInt(int offset, int value) {
    bytes().putInt(offset, value);
    return this;
  }

  /** Stores 64 bits. */
  public NativeMemory putLong(int offset, long value) {
    bytes().putLong(offset, value);
    return this;
  }

  /** Copies in the first {@code count} of {@code source}, 64 bits each. */
  public NativeMemory putLongs(int offset, long[] source, int count) {
    checkRange(offset, count * Long.BYTES);
    buffer(offset, count * Long.BYTES).asLongBuffer().put(source, 0, count);
    return this;
  }

  /** Copies out a new array. */
  public byte[] getBytes(int offset, int lengthBytes) {
    checkRange(offset, lengthBytes);
    byte[] copy = new byte[lengthBytes];
    bytes().get(offset, copy);
    return copy;
  }

  /** Copies out into {@code target} from {@code targetOffset} on. */
  public void getBytes(int offset, byte[] target, int targetOffset, int lengthBytes) {
    bytes().get(offset, target, targetOffset, lengthBytes);
  }

  /** Copies all of {@code source} in. */
  public NativeMemory putBytes(int offset, byte[] source) {
    bytes().put(offset, source);
    return this;
  }

  /** Copies a part of {@code source} in. */
  public NativeMemory putBytes(int offset, byte[] source, int sourceOffset, int lengthBytes) {
    bytes().put(offset, source, sourceOffset, lengthBytes);
    return this;
  }

  /** Copies in the next {@code lengthBytes} of {@code source}, which is then behind them. */
  public NativeMemory putBytes(int offset, ByteBuffer source, int lengthBytes) {
    bytes().slice(offset, lengthBytes).put(source.slice(source.position(), lengthBytes));
    source.position(source.position() + lengthBytes);
    return this;
  }

  /** Copies from other native memory. */
  public NativeMemory putBytes(int offset, NativeMemory source, int sourceOffset, int lengthBytes) {
    source.checkRange(sourceOffset, lengthBytes);
    checkRange(offset, lengthBytes);
    bytes().slice(offset, lengthBytes).put(source.bytes().slice(sourceOffset, lengthBytes));
    return this;
  }

  /** The text from {@code offset} to the next NUL, or to the end if there is none. */
  public String getString(int offset) {
    int end = offset;
    int capacity = lengthBytes();
    while (end < capacity && getByte(end) != 0) {
      end++;
    }
    return KernelString.decode(getBytes(offset, end - offset));
  }

  /** Stores {@code text} and a NUL. */
  public NativeMemory putString(int offset, String text) {
    byte[] encoded = KernelString.encode(text);
    checkRange(offset, encoded.length + 1);
    return putBytes(offset, encoded).putByte(offset + encoded.length, 0);
  }

  /** Fills all of it with zeros. */
  public NativeMemory zero() {
    return zero(0, lengthBytes());
  }

  /** Fills a part with zeros. */
  public NativeMemory zero(int offset, int lengthBytes) {
    checkRange(offset, lengthBytes);
    if (lengthBytes > 0) {
      new Pointer(address).share(offset).clear(lengthBytes);
    }
    return this;
  }

  /** A part of this memory; closing it frees nothing. */
  public NativeMemory slice(int offset, int lengthBytes) {
    checkRange(offset, lengthBytes);
    return new NativeMemory(address + offset, bytes().slice(offset, lengthBytes), false);
  }

  /** A part as a buffer in the machine's byte order, not to be used after {@link #close()}. */
  public ByteBuffer buffer(int offset, int lengthBytes) {
    checkRange(offset, lengthBytes);
    return bytes().slice(offset, lengthBytes).order(ByteOrder.nativeOrder());
  }

  /** All of it as a buffer in the machine's byte order, not to be used after {@link #close()}. */
  public ByteBuffer buffer() {
    return buffer(0, lengthBytes());
  }

  /** Frees what {@link #allocate} took; a second call does nothing. */
  @Override
  public void close() {
    if (bytes != null && owned) {
      Native.free(address);
    }
    bytes = null;
  }
}
