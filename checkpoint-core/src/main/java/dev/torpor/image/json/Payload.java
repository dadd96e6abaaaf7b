// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Message;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.bpfmap_data_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import java.io.IOException;

/**
 * What follows a message in the image, and is the member {@code extra} in JSON.
 *
 * <p>A System V shared memory segment whose content is in a pagemap has none. crit of CRIU 4.2
 * overlooks that and takes the segments after it for its content.
 */
interface Payload {
  /** Copies the payload from the image into the JSON value of {@code extra}. */
  void show(ImageReader image, Message message, JsonText json, MessageWriter messages)
      throws IOException;

  /**
   * Steps over the payload.
   *
   * @return its length without padding, in bytes
   */
  long skip(ImageReader image, Message message) throws IOException;

  /** Takes the value of {@code extra} from JSON; {@link #write} comes after it. */
  void read(JsonInput input, MessageReader messages) throws IOException;

  /** Appends what was read last, or nothing if nothing was, to the image. */
  void write(Message message, ImageWriter image, JsonInput input) throws IOException;

  /** The payload entries of a kind have; null if none. */
  static Payload of(ImageType type) {
    return switch (type.body()) {
      case PIPE_DATA ->
          new BytesPayload(1) {
            @Override
            long length(Message message) {
              return Integer.toUnsignedLong(((pipe_data_entry) message).getBytes());
            }
          };
      case SK_QUEUE ->
          new BytesPayload(1) {
            @Override
            long length(Message message) {
              return Integer.toUnsignedLong(((sk_packet_entry) message).getLength());
            }
          };
      case BPFMAP_DATA ->
          new BytesPayload(1) {
            @Override
            long length(Message message) {
              bpfmap_data_entry map = (bpfmap_data_entry) message;
              return Integer.toUnsignedLong(map.getKeysBytes())
                  + Integer.toUnsignedLong(map.getValuesBytes());
            }
          };
      case IPC_SHM ->
          new BytesPayload(Integer.BYTES) {
            @Override
            long length(Message message) {
              ipc_shm_entry segment = (ipc_shm_entry) message;
              return segment.getInPagemaps() ? 0 : segment.getSize();
            }
          };
      case TCP_STREAM -> new TcpQueues();
      case IPC_SEM -> new SemaphoreValues();
      case IPC_MSG -> new QueuedMessages();
      default -> null;
    };
  }
}
