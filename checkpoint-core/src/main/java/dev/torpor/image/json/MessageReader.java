// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads messages from JSON objects, the form with plain numbers and the one for people alike. */
final class MessageReader {
  /** What an entry has beside its message. */
  interface Extra {
    /** Reads the value of {@code extra}, which the input is at. */
    void read(JsonInput input) throws IOException;
  }

  private final JsonInput input;
  private final Map<FieldDescriptor, FieldStyle> styles = new HashMap<>();

  MessageReader(JsonInput input) {
    this.input = input;
  }

  /** Reads the object the input is at. */
  Message object(Message prototype) throws IOException {
    return object(prototype, null);
  }

  /**
   * Reads the object the input is at.
   *
   * @param extra reads the member of that name; null if there must be none
   */
  Message object(Message prototype, Extra extra) throws IOException {
    Message.Builder builder = prototype.newBuilderForType();
    fill(builder, extra);
    return builder.buildPartial();
  }

  /** The message, with all required fields. */
  Message complete(Message message) throws IOException {
    if (!message.isInitialized()) {
      throw input.refuse(
          "all required fields of " + message.getDescriptorForType().getName(),
          "none for " + message.getInitializationErrorString());
    }
    return message;
  }

  private void fill(Message.Builder builder, Extra extra) throws IOException {
    input.expect(JsonToken.START_OBJECT, builder.getDescriptorForType().getName());
    while (input.next() == JsonToken.FIELD_NAME) {
      String name = input.name();
      FieldDescriptor field = builder.getDescriptorForType().findFieldByName(name);
      input.next();
      if (field != null) {
        member(builder, field);
      } else if (extra != null && name.equals("extra")) {
        extra.read(input);
      } else {
        throw input.refuse("a field of " + builder.getDescriptorForType().getName(), name);
      }
    }
    input.expect(JsonToken.END_OBJECT, "the end of an object");
  }

  private void member(Message.Builder builder, FieldDescriptor field) throws IOException {
    FieldStyle style = styles.computeIfAbsent(field, FieldStyle::new);
    if (!field.isRepeated()) {
      builder.setField(field, value(builder, field, style));
      return;
    }
    input.expect(JsonToken.START_ARRAY, "a list of " + field.getName());
    while (input.next() != JsonToken.END_ARRAY) {
      if (style.isAddress() && input.token() == JsonToken.VALUE_STRING) {
        address(builder, field);
      } else {
        builder.addRepeatedField(field, value(builder, field, style));
      }
    }
  }

  private void address(Message.Builder builder, FieldDescriptor field) throws IOException {
    try {
      for (BigInteger word : Addresses.parse(input.text())) {
        builder.addRepeatedField(field, Numbers.narrow(field, word));
      }
    } catch (NumberFormatException e) {
      throw input.refuse("an IP address as " + field.getName(), input.text());
    }
  }

  private Object value(Message.Builder builder, FieldDescriptor field, FieldStyle style)
      throws IOException {
    return switch (field.getJavaType()) {
      case MESSAGE -> {
        Message.Builder inner = builder.newBuilderForField(field);
        fill(inner, null);
        yield inner.buildPartial();
      }
      case BYTE_STRING -> bytes(field, style);
      case STRING -> input.string(field.getName());
      case ENUM -> enumValue(field);
      case BOOLEAN -> truth(field);
      default -> number(field, style);
    };
  }

  private ByteString bytes(FieldDescriptor field, FieldStyle style) throws IOException {
    if (!style.isQuotedPrintable()) {
      return ByteString.copyFrom(input.base64(field.getName()));
    }
    String text = input.string(field.getName());
    if (!StandardCharsets.US_ASCII.newEncoder().canEncode(text)) {
      throw input.refuse("quoted-printable ASCII as " + field.getName(), text);
    }
    return ByteString.copyFrom(QuotedPrintable.decode(text));
  }

  private EnumValueDescriptor enumValue(FieldDescriptor field) throws IOException {
    String name = input.string(field.getName());
    EnumValueDescriptor value = field.getEnumType().findValueByName(name);
    if (value == null) {
      throw input.refuse("one of " + field.getEnumType().getValues(), name);
    }
    return value;
  }

  private Boolean truth(FieldDescriptor field) throws IOException {
    if (input.token() != JsonToken.VALUE_TRUE && input.token() != JsonToken.VALUE_FALSE) {
      throw input.unexpected("true or false as " + field.getName());
    }
    return input.token() == JsonToken.VALUE_TRUE;
  }

  private Object number(FieldDescriptor field, FieldStyle style) throws IOException {
    try {
      if (input.token() == JsonToken.VALUE_NUMBER_INT) {
        return Numbers.narrow(field, new BigInteger(input.text()));
      }
      return Numbers.narrow(field, style.parse(input.string("a number as " + field.getName())));
    } catch (NumberFormatException | ArithmeticException e) {
      throw input.refuse("a value of " + field.getName(), input.text());
    }
  }
}
