// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Message;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ipc_sem_entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The values of a System V semaphore set, 16 bits each: a list of numbers in JSON. */
final class SemaphoreValues implements Payload {
  private static final int MAX_VALUE = 0xffff;

  private List<Integer> values = new ArrayList<>();

  private static long length(Message message) {
    return (long) Short.BYTES * Integer.toUnsignedLong(((ipc_sem_entry) message).getNsems());
  }

  @Override
  public void show(ImageReader image, Message message, JsonText json, MessageWriter messages)
      throws IOException {
    long lengthBytes = length(message);
    json.beginArray();
    for (long at = 0; at < lengthBytes; at += Short.BYTES) {
      byte[] value = image.payload(Short.BYTES);
      json.literal(Integer.toString((value[1] & 0xff) << 8 | (value[0] & 0xff)));
    }
    json.endArray();
    image.skip(BytesPayload.padding(lengthBytes, Long.BYTES));
  }

  @Override
  public long skip(ImageReader image, Message message) throws IOException {
    long lengthBytes = length(message);
    image.skip(lengthBytes + BytesPayload.padding(lengthBytes, Long.BYTES));
    return lengthBytes;
  }

  @Override
  public void read(JsonInput input, MessageReader messages) throws IOException {
    input.expect(JsonToken.START_ARRAY, "a list of semaphore values");
    while (input.next() != JsonToken.END_ARRAY) {
      input.expect(JsonToken.VALUE_NUMBER_INT, "the value of a semaphore");
      values.add(value(input));
    }
  }

  private static int value(JsonInput input) throws IOException {
    String text = input.text();
    int value = text.length() > 5 ? -1 : Integer.parseInt(text);
    if (value < 0 || value > MAX_VALUE) {
      throw input.refuse("the value of a semaphore, 0 to " + MAX_VALUE, text);
    }
    return value;
  }

  @Override
  public void write(Message message, ImageWriter image, JsonInput input) throws IOException {
    if ((long) Short.BYTES * values.size() != length(message)) {
      throw input.refuse(
          "as many values as nsems says, " + ((ipc_sem_entry) message).getNsems(),
          values.size() + " values");
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Short.BYTES * values.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    image.payload(bytes.flip());
    image.pad(BytesPayload.padding(length(message), Long.BYTES));
    values = new ArrayList<>();
  }
}
