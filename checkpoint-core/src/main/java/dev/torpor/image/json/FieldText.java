// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;

/** One field of an entry as {@code crit show} shows it, for those who print lists of their own. */
public final class FieldText {
  private FieldText() {}

  /**
   * The text of a field.
   *
   * @param field its name in CRIU's description of the image
   * @throws IllegalArgumentException if such entries have no such field
   */
  public static String of(Message entry, String field) {
    FieldDescriptor descriptor = entry.getDescriptorForType().findFieldByName(field);
    if (descriptor == null) {
      throw new IllegalArgumentException(
          entry.getDescriptorForType().getName() + " has no field " + field);
    }
    FieldStyle style = new FieldStyle(descriptor);
    Object value = entry.getField(descriptor);
    if (value instanceof List<?> words) {
      return style.isAddress() && Addresses.isAddress(words.size())
          ? Addresses.format(words)
          : words.toString();
    }
    if (value instanceof ByteString bytes && style.isQuotedPrintable()) {
      return QuotedPrintable.encode(bytes.toByteArray());
    }
    if (value instanceof Number) {
      long number = Numbers.widen(descriptor, value);
      String meaning = style.format(number, false);
      return meaning == null ? Numbers.decimal(descriptor, number) : meaning;
    }
    return value.toString();
  }
}
