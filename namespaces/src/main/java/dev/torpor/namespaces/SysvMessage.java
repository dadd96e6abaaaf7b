// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_msg;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in a queue of System V. In an image each is an entry of its own, with the text behind
 * it, padded to 8 bytes; all messages of a queue are the payload of the queue's entry.
 */
record SysvMessage(long type, ByteString text) {
  /** A message stays where it is: MSG_COPY tells number {@code number}, from 0 on. */
  static SysvMessage copy(String subject, int id, int number, int longestBytes) {
    try (NativeMemory message = NativeMemory.allocate(Long.BYTES + longestBytes)) {
      int flags = SysvIpc.MSG_COPY | SysvIpc.IPC_NOWAIT;
      int lengthBytes =
          (int)
              SysvCall.call(
                  subject,
                  "msgrcv",
                  Nr.SYS_msgrcv,
                  id,
                  message.address(),
                  longestBytes,
                  number,
                  flags);
      byte[] text = message.getBytes(Long.BYTES, lengthBytes);
      return new SysvMessage(message.getLong(0), ByteString.copyFrom(text));
    }
  }

  /** The next messages of an image. */
  static List<SysvMessage> read(ImageReader image, int count) throws IOException {
    List<SysvMessage> messages = new ArrayList<>();
    for (int i = 0; Integer.compareUnsigned(i, count) < 0; i++) {
      ipc_msg entry = image.next(ipc_msg.parser());
      byte[] text = image.payload(entry.getMsize());
      image.skip(paddingBytes(text.length));
      messages.add(new SysvMessage(entry.getMtype(), ByteString.copyFrom(text)));
    }
    return messages;
  }

  private static int paddingBytes(int lengthBytes) {
    return -lengthBytes & (Long.BYTES - 1);
  }

  /** As they stand in an image. */
  static byte[] encode(List<SysvMessage> messages) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (SysvMessage message : messages) {
      byte[] entry =
          ipc_msg
              .newBuilder()
              .setMtype(message.type)
              .setMsize(message.text.size())
              .build()
              .toByteArray();
      bytes.writeBytes(
          ByteBuffer.allocate(Integer.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(entry.length)
              .array());
      bytes.writeBytes(entry);
      bytes.writeBytes(message.text.toByteArray());
      bytes.writeBytes(new byte[paddingBytes(message.text.size())]);
    }
    return bytes.toByteArray();
  }

  /** The same the other way round. */
  static List<SysvMessage> decode(byte[] bytes) {
    List<SysvMessage> messages = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (buffer.hasRemaining()) {
        int lengthBytes = buffer.getInt();
        ipc_msg entry = ipc_msg.parser().parseFrom(bytes, buffer.position(), lengthBytes);
        buffer.position(buffer.position() + lengthBytes);
        byte[] text = new byte[entry.getMsize()];
        buffer.get(text);
        buffer.position(buffer.position() + paddingBytes(text.length));
        messages.add(new SysvMessage(entry.getMtype(), ByteString.copyFrom(text)));
      }
    } catch (InvalidProtocolBufferException e) {
      throw ImageException.contradiction(
          "an image of " + ImageType.IPCNS_MSG.magicName(), "a message that is none: " + e);
    }
    return messages;
  }
}
