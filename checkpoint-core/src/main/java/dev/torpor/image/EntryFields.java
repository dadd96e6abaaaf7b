// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;

/**
 * The fields of one entry, set in any order by those who know them, and serialised in the order of
 * their numbers; for the same entries as {@link FieldWriter}. A field that is set again is
 * replaced. That none is missing is not checked.
 */
public final class EntryFields {
  private static final int EXPECTED_BYTES = 24;

  private final FieldWriter[] fields;

  /**
   * No field is set.
   *
   * @param highest number that a field of this entry has
   */
  public EntryFields(int highest) {
    fields = new FieldWriter[highest + 1];
  }

  /** Sets a field of type {@code uint64}, {@code bool} or an enum. */
  public EntryFields number(int field, long value) {
    fields[field] = new FieldWriter(EXPECTED_BYTES).number(field, value);
    return this;
  }

  /** Sets a field of type {@code uint32}. */
  public EntryFields number(int field, int value) {
    return number(field, value & 0xffffffffL);
  }

  /** Sets a field of type {@code sint32}. */
  public EntryFields signed(int field, int value) {
    return number(field, (value << 1) ^ (value >> (Integer.SIZE - 1)));
  }

  /** Sets a field of type {@code string} or {@code bytes}. */
  public EntryFields bytes(int field, byte[] value) {
    fields[field] = new FieldWriter(EXPECTED_BYTES).bytes(field, value);
    return this;
  }

  /** Sets a field that is a message. */
  public EntryFields embedded(int field, FieldWriter message) {
    fields[field] =
        new FieldWriter(EXPECTED_BYTES + message.lengthBytes()).embedded(field, message);
    return this;
  }

  /** Sets a field that is a message. */
  public EntryFields embedded(int field, Message message) {
    fields[field] = new FieldWriter(EXPECTED_BYTES).embedded(field, message);
    return this;
  }

  /** The entry. */
  public FieldWriter serialised() {
    int length = 0;
    for (FieldWriter field : fields) {
      length += field == null ? 0 : field.lengthBytes();
    }
    FieldWriter entry = new FieldWriter(length);
    for (FieldWriter field : fields) {
      if (field != null) {
        entry.fields(field);
      }
    }
    return entry;
  }
}
