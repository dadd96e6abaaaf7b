// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Message;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes whose number the message tells: base64 in JSON. */
abstract class BytesPayload implements Payload {
  private static final int CHUNK_BYTES = 256 * JsonText.BASE64_LINE_BYTES;

  private final int alignBytes;
  private byte[] bytes = {};

  BytesPayload(int alignBytes) {
    this.alignBytes = alignBytes;
  }

  /** Length of the payload of a message, in bytes, as an unsigned number. */
  abstract long length(Message message);

  @Override
  public void show(ImageReader image, Message message, JsonText json, MessageWriter messages)
      throws IOException {
    json.beginString();
    copy(image, length(message), json);
    json.endString();
    image.skip(padding(length(message), alignBytes));
  }

  @Override
  public long skip(ImageReader image, Message message) throws IOException {
    long lengthBytes = length(message);
    image.skip(lengthBytes);
    image.skip(padding(lengthBytes, alignBytes));
    return lengthBytes;
  }

  @Override
  public void read(JsonInput input, MessageReader messages) throws IOException {
    bytes = input.base64("extra");
  }

  @Override
  public void write(Message message, ImageWriter image, JsonInput input) throws IOException {
    if (bytes.length != length(message)) {
      throw input.refuse(
          Long.toUnsignedString(length(message)) + " bytes of extra, as the entry says",
          bytes.length + " bytes");
    }
    image.payload(ByteBuffer.wrap(bytes));
    image.pad(padding(bytes.length, alignBytes));
    bytes = new byte[0];
  }

  /** Copies payload of known length into a JSON string that is begun. */
  static void copy(ImageReader image, long lengthBytes, JsonText json) throws IOException {
    image.requirePayload(lengthBytes);
    long left = lengthBytes;
    while (left != 0) {
      int chunk = Long.compareUnsigned(left, CHUNK_BYTES) < 0 ? (int) left : CHUNK_BYTES;
      json.base64(image.payload(chunk), chunk);
      left -= chunk;
    }
  }

  /** Copies everything up to the end of the image into a JSON string that is begun. */
  static void copyToEnd(ImageReader image, JsonText json) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    do {
      image.payloadToEnd(chunk.clear());
      json.base64(chunk.array(), chunk.position());
    } while (!chunk.hasRemaining());
  }

  /** Zeros that follow so many bytes. */
  static int padding(long lengthBytes, int alignBytes) {
    return (int) (-lengthBytes & alignBytes - 1);
  }
}
