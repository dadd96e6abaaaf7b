// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Message;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.tcp_stream_entry;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes received but not read, and bytes sent but not acknowledged, of a TCP connection. */
final class TcpQueues implements Payload {
  private byte[] received = {};
  private byte[] sent = {};

  @Override
  public void show(ImageReader image, Message message, JsonText json, MessageWriter messages)
      throws IOException {
    tcp_stream_entry stream = (tcp_stream_entry) message;
    json.beginObject();
    json.name("inq");
    json.beginString();
    BytesPayload.copy(image, Integer.toUnsignedLong(stream.getInqLen()), json);
    json.endString();
    json.name("outq");
    json.beginString();
    BytesPayload.copy(image, Integer.toUnsignedLong(stream.getOutqLen()), json);
    json.endString();
    json.endObject();
  }

  @Override
  public long skip(ImageReader image, Message message) throws IOException {
    tcp_stream_entry stream = (tcp_stream_entry) message;
    long lengthBytes =
        Integer.toUnsignedLong(stream.getInqLen()) + Integer.toUnsignedLong(stream.getOutqLen());
    image.skip(lengthBytes);
    return lengthBytes;
  }

  @Override
  public void read(JsonInput input, MessageReader messages) throws IOException {
    input.expect(JsonToken.START_OBJECT, "inq and outq");
    while (input.next() == JsonToken.FIELD_NAME) {
      String name = input.name();
      input.next();
      switch (name) {
        case "inq" -> received = input.base64(name);
        case "outq" -> sent = input.base64(name);
        default -> throw input.refuse("inq or outq", name);
      }
    }
  }

  @Override
  public void write(Message message, ImageWriter image, JsonInput input) throws IOException {
    tcp_stream_entry stream = (tcp_stream_entry) message;
    if (received.length != stream.getInqLen() || sent.length != stream.getOutqLen()) {
      throw input.refuse(
          "queues of " + stream.getInqLen() + " and " + stream.getOutqLen() + " bytes",
          received.length + " and " + sent.length + " bytes");
    }
    image.payload(ByteBuffer.wrap(received));
    image.payload(ByteBuffer.wrap(sent));
    received = new byte[0];
    sent = new byte[0];
  }
}
