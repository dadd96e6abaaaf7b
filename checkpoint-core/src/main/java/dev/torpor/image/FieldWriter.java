// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.util.Arrays;

/**
 * Serialises an entry field by field, in the order of the calls: for entries of which a dump writes
 * hundreds while its JVM is cold, where a message of protobuf and its builder cost more than the
 * fields in them. What comes out is what protobuf would write, as long as fields come in the order
 * of their numbers and none is missing; nothing here checks that.
 *
 * <p>The encoding is that of protocolbuffers' documentation, "Encoding": a varint has seven bits
 * per byte, the low ones first; a tag is the field's number and, in three bits, its wire type.
 */
public final class FieldWriter {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int WIRE_TYPE_BITS = 3;
  private static final int VARINT_MAX_BYTES = 10;

  private byte[] bytes;
  private int length;

  /**
   * Nothing is written yet.
   *
   * @param expectedBytes how long it will be; it may become longer
   */
  public FieldWriter(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  /** What protobuf writes for a message. */
  public static FieldWriter of(Message message) {
    FieldWriter writer = new FieldWriter(0);
    writer.bytes = message.toByteArray();
    writer.length = writer.bytes.length;
    return writer;
  }

  /** How many bytes there are. */
  public int lengthBytes() {
    return length;
  }

  /** The bytes so far. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** The fields so far as a message, which may lack others. */
  public <M extends Message> M parsed(Parser<M> parser) throws InvalidProtocolBufferException {
    return parser.parsePartialFrom(bytes, 0, length);
  }

  /** The bytes so far, at the beginning of an array that may be longer. */
  byte[] array() {
    return bytes;
  }

  /** Appends a field of type {@code uint64}, {@code bool} or an enum. */
  public FieldWriter number(int field, long value) {
    makeRoom(2 * VARINT_MAX_BYTES);
    varint(field << WIRE_TYPE_BITS | VARINT);
    varint(value);
    return this;
  }

  /** Appends a field of type {@code uint32}. */
  public FieldWriter number(int field, int value) {
    return number(field, value & 0xffffffffL);
  }

  /** Appends an embedded message. */
  public FieldWriter embedded(int field, FieldWriter message) {
    head(field, message.length);
    System.arraycopy(message.bytes, 0, bytes, length, message.length);
    length += message.length;
    return this;
  }

  /** Appends an embedded message. */
  public FieldWriter embedded(int field, Message message) {
    int size = message.getSerializedSize();
    head(field, size);
    try {
      message.writeTo(CodedOutputStream.newInstance(bytes, length, size));
    } catch (IOException e) {
      throw new IllegalStateException("the array has the size of the message", e);
    }
    length += size;
    return this;
  }

  /** Appends a field of type {@code string} or {@code bytes}. */
  public FieldWriter bytes(int field, byte[] value) {
    head(field, value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  /** Appends fields as they are. */
  public FieldWriter fields(FieldWriter others) {
    makeRoom(others.length);
    System.arraycopy(others.bytes, 0, bytes, length, others.length);
    length += others.length;
    return this;
  }

  private void head(int field, int lengthBytes) {
    makeRoom(2 * VARINT_MAX_BYTES + lengthBytes);
    varint(field << WIRE_TYPE_BITS | LENGTH_DELIMITED);
    varint(lengthBytes);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void makeRoom(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }
}
