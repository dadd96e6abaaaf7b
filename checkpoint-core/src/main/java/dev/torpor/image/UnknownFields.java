// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.file_entry;
import java.util.List;
import java.util.Map;

/**
 * Finds what a message carries beyond its description.
 *
 * <p>An enum value that is not known is kept by protobuf as an unknown field, even by a parser that
 * drops unknown fields. In a required field that shows as a missing one; {@link #anyEnumValue}
 * looks into the optional ones.
 */
final class UnknownFields {
  private UnknownFields() {}

  /**
   * Whether an optional enum field of an entry, or of a message inside it, has an unknown value.
   */
  static boolean anyEnumValue(ImageType type, Message entry) {
    if (has(entry)) {
      return true;
    }
    if (type == ImageType.CORE) {
      core_entry core = (core_entry) entry;
      return has(core.getTc())
          || has(core.getThreadCore())
          || has(core.getThreadInfo().getGpregs());
    }
    if (type == ImageType.FILES) {
      file_entry file = (file_entry) entry;
      return has(file.getIsk()) || has(file.getUsk());
    }
    return false;
  }

  private static boolean has(Message message) {
    return !message.getUnknownFields().isEmpty();
  }

  /** Path of the first unknown field, such as {@code tc.field 99}; null if there is none. */
  static String first(Message message) {
    Map<Integer, UnknownFieldSet.Field> unknown = message.getUnknownFields().asMap();
    if (!unknown.isEmpty()) {
      Map.Entry<Integer, UnknownFieldSet.Field> field = unknown.entrySet().iterator().next();
      return describe(message, field.getKey(), field.getValue());
    }
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      if (field.getKey().getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        String inner = firstWithin(field.getKey(), field.getValue());
        if (inner != null) {
          return field.getKey().getName() + '.' + inner;
        }
      }
    }
    return null;
  }

  private static String firstWithin(FieldDescriptor field, Object value) {
    if (!field.isRepeated()) {
      return first((Message) value);
    }
    for (Object element : (List<?>) value) {
      String inner = first((Message) element);
      if (inner != null) {
        return inner;
      }
    }
    return null;
  }

  private static String describe(Message message, int number, UnknownFieldSet.Field value) {
    FieldDescriptor known = message.getDescriptorForType().findFieldByNumber(number);
    if (known == null) {
      return "field " + number + " of " + message.getDescriptorForType().getName();
    }
    return "value " + value.getVarintList() + " of " + known.getName();
  }
}
