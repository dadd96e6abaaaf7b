// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

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
  private final int lengthBytes;
  private final boolean owned;

  // JNA's own accesses are native methods: a JVM that has just started takes far longer for those
  // of a ByteBuffer, which are ten methods deep.
  private Pointer pointer;

  private NativeMemory(long address, int lengthBytes, boolean owned) {
    this.address = address;
    this.lengthBytes = lengthBytes;
    this.owned = owned;
    this.pointer = new Pointer(address);
  }

  /** Allocates zeroed memory, aligned to 16 bytes; at most 2 GiB, use {@link Mman} beyond. */
  public static NativeMemory allocate(int lengthBytes) {
    long address = Native.malloc(Math.max(lengthBytes, 1));
    if (address == 0) {
      throw new ErrnoException("malloc", lengthBytes + "", Errno.ENOMEM.number());
    }
    NativeMemory memory = new NativeMemory(address, lengthBytes, true);
    memory.pointer.clear(lengthBytes);
    return memory;
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
    return new NativeMemory(address, lengthBytes, false);
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
    if (pointer == null) {
      throw new IllegalStateException("memory used after close");
    }
    return lengthBytes;
  }

  private void checkRange(int offset, int count) {
    int length = lengthBytes();
    if (offset < 0 || count < 0 || offset > length - count) {
      throw new IndexOutOfBoundsException("bytes " + offset + " + " + count + " of " + length);
    }
  }

  private Pointer checked(int offset, int count) {
    checkRange(offset, count);
    return pointer;
  }

  /** The byte at {@code offset}. */
  public byte getByte(int offset) {
    return checked(offset, Byte.BYTES).getByte(offset);
  }

  /** The byte at {@code offset}, as 0 to 255. */
  public int getUnsignedByte(int offset) {
    return getByte(offset) & 0xff;
  }

  /** The 16-bit number at {@code offset}. */
  public short getShort(int offset) {
    return checked(offset, Short.BYTES).getShort(offset);
  }

  /** The 16-bit number at {@code offset}, as 0 to 65535. */
  public int getUnsignedShort(int offset) {
    return getShort(offset) & 0xffff;
  }

  /** The 32-bit number at {@code offset}. */
  public int getInt(int offset) {
    return checked(offset, Integer.BYTES).getInt(offset);
  }

  /** The 32-bit number at {@code offset}, never negative. */
  public long getUnsignedInt(int offset) {
    return getInt(offset) & 0xffffffffL;
  }

  /** The 64-bit number at {@code offset}. */
  public long getLong(int offset) {
    return checked(offset, Long.BYTES).getLong(offset);
  }

  /** Copies out 64-bit numbers, {@code count} of them from {@code offset} on. */
  public long[] getLongs(int offset, int count) {
    checkRange(offset, count * Long.BYTES);
    long[] copy = new long[count];
    pointer.read(offset, copy, 0, count);
    return copy;
  }

  /** Copies out 32-bit numbers, {@code count} of them from {@code offset} on. */
  public int[] getInts(int offset, int count) {
    checkRange(offset, count * Integer.BYTES);
    int[] copy = new int[count];
    pointer.read(offset, copy, 0, count);
    return copy;
  }

  /** Stores a byte. */
  public NativeMemory putByte(int offset, int value) {
    checked(offset, Byte.BYTES).setByte(offset, (byte) value);
    return this;
  }

  /** Stores the low 16 bits. */
  public NativeMemory putShort(int offset, int value) {
    checked(offset, Short.BYTES).setShort(offset, (short) value);
    return this;
  }

  /** Stores 32 bits. */
  public NativeMemory putInt(int offset, int value) {
    checked(offset, Integer.BYTES).setInt(offset, value);
    return this;
  }

  /** Stores 64 bits. */
  public NativeMemory putLong(int offset, long value) {
    checked(offset, Long.BYTES).setLong(offset, value);
    return this;
  }

  /** Copies in the first {@code count} of {@code source}, 64 bits each. */
  public NativeMemory putLongs(int offset, long[] source, int count) {
    Objects.checkFromIndexSize(0, count, source.length);
    checked(offset, count * Long.BYTES).write(offset, source, 0, count);
    return this;
  }

  /** Copies out a new array. */
  public byte[] getBytes(int offset, int lengthBytes) {
    checkRange(offset, lengthBytes);
    byte[] copy = new byte[lengthBytes];
    pointer.read(offset, copy, 0, lengthBytes);
    return copy;
  }

  /** Copies out into {@code target} from {@code targetOffset} on. */
  public void getBytes(int offset, byte[] target, int targetOffset, int lengthBytes) {
    Objects.checkFromIndexSize(targetOffset, lengthBytes, target.length);
    checked(offset, lengthBytes).read(offset, target, targetOffset, lengthBytes);
  }

  /** Copies all of {@code source} in. */
  public NativeMemory putBytes(int offset, byte[] source) {
    checked(offset, source.length).write(offset, source, 0, source.length);
    return this;
  }

  /** Copies a part of {@code source} in. */
  public NativeMemory putBytes(int offset, byte[] source, int sourceOffset, int lengthBytes) {
    Objects.checkFromIndexSize(sourceOffset, lengthBytes, source.length);
    checked(offset, lengthBytes).write(offset, source, sourceOffset, lengthBytes);
    return this;
  }

  /** Copies in the next {@code lengthBytes} of {@code source}, which is then behind them. */
  public NativeMemory putBytes(int offset, ByteBuffer source, int lengthBytes) {
    if (source.hasArray()) {
      putBytes(offset, source.array(), source.arrayOffset() + source.position(), lengthBytes);
    } else {
      buffer(offset, lengthBytes).put(source.slice(source.position(), lengthBytes));
    }
    source.position(source.position() + lengthBytes);
    return this;
  }

  /** Copies from other native memory. */
  public NativeMemory putBytes(int offset, NativeMemory source, int sourceOffset, int lengthBytes) {
    buffer(offset, lengthBytes).put(source.buffer(sourceOffset, lengthBytes));
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
    return new NativeMemory(address + offset, lengthBytes, false);
  }

  /** A part as a buffer in the machine's byte order, not to be used after {@link #close()}. */
  public ByteBuffer buffer(int offset, int lengthBytes) {
    return checked(offset, lengthBytes)
        .getByteBuffer(offset, lengthBytes)
        .order(ByteOrder.nativeOrder());
  }

  /** All of it as a buffer in the machine's byte order, not to be used after {@link #close()}. */
  public ByteBuffer buffer() {
    return buffer(0, lengthBytes());
  }

  /** Frees what {@link #allocate} took; a second call does nothing. */
  @Override
  public void close() {
    if (pointer != null && owned) {
      Native.free(address);
    }
    pointer = null;
  }
}
