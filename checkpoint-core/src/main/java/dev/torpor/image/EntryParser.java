// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import dev.torpor.image.ImageException.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Makes messages and numbers of the entries of one image. */
record EntryParser(String name, ImageType type) {
  static final String COPY_AGAIN = "copy the image again or make a new checkpoint";
  private static final String NEWER =
      "the checkpoint needs a version that knows it; restore it with the one that made it";

  /**
   * A whole entry.
   *
   * @param start where it is in the image, in bytes
   * @throws ImageException for a field that Torpor does not know, one that is missing, or damage
   */
  <M extends Message> M parse(Parser<M> parser, long start, byte[] bytes, int at, int lengthBytes)
      throws ImageException {
    M message;
    try {
      CodedInputStream input = CodedInputStream.newInstance(bytes, at, lengthBytes);
      message = DiscardUnknownFieldsParser.wrap(parser).parsePartialFrom(input);
      input.checkLastTagWas(0);
    } catch (InvalidProtocolBufferException e) {
      throw new ImageException(
          Problem.MALFORMED, name, start, "a message", e.getMessage(), COPY_AGAIN, e);
    }
    // Without its unknown fields a message is shorter than what was read, or it was not encoded in
    // the one shortest way; only then is it worth looking for them.
    if (message.getSerializedSize() != lengthBytes || UnknownFields.anyEnumValue(type, message)) {
      refuseUnknown(parser, start, bytes, at, lengthBytes);
    }
    if (!message.isInitialized()) {
      throw new ImageException(
          Problem.MISSING_FIELD,
          name,
          start,
          "all required fields of " + message.getDescriptorForType().getName(),
          "none for " + message.getInitializationErrorString(),
          COPY_AGAIN);
    }
    return message;
  }

  /**
   * A whole entry but for a field, whose elements are handed over as numbers.
   *
   * @return null if an element is not of such numbers alone, or anything is damaged
   */
  <M extends Message> M parseApart(
      Parser<M> parser, NumbersField apart, long start, byte[] bytes, int at, int lengthBytes)
      throws ImageException {
    CodedInputStream input = CodedInputStream.newInstance(bytes, at, lengthBytes);
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    int elementTag = apart.number() << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    long[] values = new long[apart.last() + 1];
    try {
      while (!input.isAtEnd()) {
        int from = at + input.getTotalBytesRead();
        int tag = input.readTag();
        if (tag != elementTag) {
          input.skipField(tag);
          rest.write(bytes, from, at + input.getTotalBytesRead() - from);
          continue;
        }
        int elementBytes = input.readRawVarint32();
        int element = at + input.getTotalBytesRead();
        input.skipRawBytes(elementBytes);
        int present = numbers(bytes, element, element + elementBytes, values);
        if (present == 0 || (present & apart.required()) != apart.required()) {
          return null;
        }
        apart.sink().take(values, present);
      }
    } catch (IOException e) {
      // Reading it whole tells what is wrong.
      return null;
    }
    return parse(parser, start, rest.toByteArray(), 0, rest.size());
  }

  private <M extends Message> void refuseUnknown(
      Parser<M> parser, long start, byte[] bytes, int at, int lengthBytes) throws ImageException {
    String unknown;
    try {
      unknown = UnknownFields.first(parser.parsePartialFrom(bytes, at, lengthBytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ImageException(
          Problem.MALFORMED, name, start, "a message", e.getMessage(), COPY_AGAIN, e);
    }
    if (unknown != null) {
      throw new ImageException(
          Problem.UNKNOWN_FIELD, name, start, "only fields CRIU 4.2 has", unknown, NEWER);
    }
  }

  /** What {@link ImageReader#numbers} reads, from bytes that are there. */
  static int numbers(byte[] bytes, int start, int end, long[] values) {
    int present = 0;
    int at = start;
    while (at < end) {
      int field = bytes[at] >> 3;
      boolean isVarint = (bytes[at++] & 7) == 0;
      if (!isVarint || field <= 0 || field >= values.length || (present >> field & 1) != 0) {
        return 0;
      }
      present |= 1 << field;
      long value = 0;
      int shift = 0;
      byte next;
      do {
        if (at == end || shift >= Long.SIZE) {
          return 0;
        }
        next = bytes[at++];
        value |= (next & 0x7fL) << shift;
        shift += 7;
      } while (next < 0);
      values[field] = value;
    }
    return present;
  }
}
