// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ipc_msg;
import dev.torpor.image.proto.ipc_msg_entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages in a System V message queue: in JSON a list of the description of a message, its
 * text in base64, the description of the next one and so on.
 */
final class QueuedMessages implements Payload {
  private record Queued(ipc_msg description, ByteString text) {}

  private List<Queued> queue = new ArrayList<>();

  @Override
  public void show(ImageReader image, Message message, JsonText json, MessageWriter messages)
      throws IOException {
    json.beginArray();
    for (long left = count(message); left > 0; left--) {
      ipc_msg description = image.next(ipc_msg.parser());
      messages.plainObject(description);
      json.beginString();
      BytesPayload.copy(image, length(description), json);
      json.endString();
      image.skip(BytesPayload.padding(length(description), Long.BYTES));
    }
    json.endArray();
  }

  @Override
  public long skip(ImageReader image, Message message) throws IOException {
    long lengthBytes = 0;
    for (long left = count(message); left > 0; left--) {
      ipc_msg description = image.next(ipc_msg.parser());
      long textBytes = length(description);
      image.skip(textBytes + BytesPayload.padding(textBytes, Long.BYTES));
      lengthBytes += description.getSerializedSize() + textBytes;
    }
    return lengthBytes;
  }

  @Override
  public void read(JsonInput input, MessageReader messages) throws IOException {
    input.expect(JsonToken.START_ARRAY, "a list of messages");
    while (input.next() != JsonToken.END_ARRAY) {
      Message description = messages.complete(messages.object(ipc_msg.getDefaultInstance()));
      input.next();
      queue.add(new Queued((ipc_msg) description, ByteString.copyFrom(input.base64("a message"))));
    }
  }

  @Override
  public void write(Message message, ImageWriter image, JsonInput input) throws IOException {
    if (queue.size() != count(message)) {
      throw input.refuse(
          "as many messages as qnum says, " + count(message), queue.size() + " messages");
    }
    for (Queued queued : queue) {
      if (queued.text().size() != length(queued.description())) {
        throw input.refuse(
            "a message of " + length(queued.description()) + " bytes, as msize says",
            queued.text().size() + " bytes");
      }
      image.write(queued.description());
      image.payload(queued.text().asReadOnlyByteBuffer());
      image.pad(BytesPayload.padding(queued.text().size(), Long.BYTES));
    }
    queue = new ArrayList<>();
  }

  private static long count(Message message) {
    return Integer.toUnsignedLong(((ipc_msg_entry) message).getQnum());
  }

  private static long length(ipc_msg description) {
    return Integer.toUnsignedLong(description.getMsize());
  }
}
