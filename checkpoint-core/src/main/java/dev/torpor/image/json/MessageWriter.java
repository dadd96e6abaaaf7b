// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageException.Problem;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes messages as JSON objects: the fields that are set, in the order of their numbers. */
final class MessageWriter {
  private static final char REPLACEMENT = '\ufffd';

  private final String image;
  private final JsonText json;
  private final boolean pretty;
  private final Map<FieldDescriptor, FieldStyle> styles = new HashMap<>();

  /**
   * @param image name of the image, for messages
   * @param pretty whether numbers are shown as what they mean
   */
  MessageWriter(String image, JsonText json, boolean pretty) {
    this.image = image;
    this.json = json;
    this.pretty = pretty;
  }

  /** Writes the names and values of a message into an object that is begun. */
  void fields(Message message) throws IOException {
    fields(message, pretty, false);
  }

  /** Writes a message with plain numbers, as crit does for some payloads however it was called. */
  void plainObject(Message message) throws IOException {
    json.beginObject();
    fields(message, false, false);
    json.endObject();
  }

  private void fields(Message message, boolean meaning, boolean hex) throws IOException {
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      json.name(field.getName());
      FieldStyle style = styles.computeIfAbsent(field, FieldStyle::new);
      if (field.isRepeated()) {
        list(message, style, field, (List<?>) entry.getValue(), meaning, hex);
      } else {
        value(message, style, field, entry.getValue(), meaning, hex);
      }
    }
  }

  private void list(
      Message message,
      FieldStyle style,
      FieldDescriptor field,
      List<?> values,
      boolean meaning,
      boolean hex)
      throws IOException {
    json.beginArray();
    if (meaning && style.isAddress() && Addresses.isAddress(values.size())) {
      json.string(Addresses.format(values));
    } else {
      for (Object value : values) {
        value(message, style, field, value, meaning, hex);
      }
    }
    json.endArray();
  }

  private void value(
      Message message,
      FieldStyle style,
      FieldDescriptor field,
      Object value,
      boolean meaning,
      boolean hex)
      throws IOException {
    switch (field.getJavaType()) {
      case MESSAGE -> {
        json.beginObject();
        fields((Message) value, meaning, hex || style.isHex());
        json.endObject();
      }
      case BYTE_STRING -> bytes(style, ((ByteString) value).toByteArray());
      case STRING -> string(message, field, (String) value);
      case ENUM -> json.string(((EnumValueDescriptor) value).getName());
      case BOOLEAN -> json.literal(value.toString());
      default -> {
        long number = Numbers.widen(field, value);
        String text = meaning ? style.format(number, hex) : null;
        if (text == null) {
          json.literal(Numbers.decimal(field, number));
        } else {
          json.string(text);
        }
      }
    }
  }

  private void bytes(FieldStyle style, byte[] bytes) throws IOException {
    if (style.isQuotedPrintable()) {
      json.string(QuotedPrintable.encode(bytes));
      return;
    }
    json.beginString();
    json.base64(bytes, bytes.length);
    json.endString();
  }

  /** Refuses what is not UTF-8 (crit cannot show it either): the text would not lead back to it. */
  private void string(Message message, FieldDescriptor field, String value) throws IOException {
    if (value.indexOf(REPLACEMENT) >= 0 && !isUtf8(message, field)) {
      throw new ImageException(
          Problem.MALFORMED,
          image,
          0,
          "UTF-8 in " + field.getFullName(),
          "other bytes, shown as " + value,
          "this image has no JSON form");
    }
    json.string(value);
  }

  private static boolean isUtf8(Message message, FieldDescriptor field) {
    Message again = message.toBuilder().setField(field, message.getField(field)).buildPartial();
    return again.toByteString().equals(message.toByteString());
  }
}
