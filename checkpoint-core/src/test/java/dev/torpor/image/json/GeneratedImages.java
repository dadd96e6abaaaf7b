// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Message;
import dev.torpor.image.ImageMessages;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.bpfmap_data_entry;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.ipc_msg;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.tcp_stream_entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Images of every kind, with payloads, made of {@link SampleMessages}. */
final class GeneratedImages {
  private static final int ENTRIES = 2;

  private GeneratedImages() {}

  static List<Sample> all() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (ImageType type : ImageType.values()) {
      // Kinds that share a magic are told apart by their names only.
      if (!type.isRaw() && ImageType.ofMagic(type.magic()) == type) {
        String name = type.pattern().replace("%", "");
        samples.add(new Sample(name, image(type, new SampleMessages(type.magic()))));
      }
    }
    return samples;
  }

  static byte[] image(ImageType type, SampleMessages messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageWriter image = ImageWriter.of(Channels.newChannel(out), type)) {
      switch (type.body()) {
        case PAGEMAP -> {
          image.write(messages.fill(pagemap_head.getDefaultInstance()));
          image.write(messages.fill(pagemap_entry.getDefaultInstance()));
          image.write(messages.fill(pagemap_entry.getDefaultInstance()));
        }
        case GHOST_FILE -> ghostFile(image, messages);
        default -> {
          for (int i = 0; i < ENTRIES; i++) {
            entry(type, image, messages.fill(ImageMessages.of(type)), messages);
          }
        }
      }
    }
    return out.toByteArray();
  }

  private static void ghostFile(ImageWriter image, SampleMessages messages) throws IOException {
    ghost_file_entry ghost = messages.fill(ghost_file_entry.getDefaultInstance());
    image.write(ghost.toBuilder().setChunks(true).build());
    image.write(ghost_chunk_entry.newBuilder().setLen(100).setOff(4096).build());
    image.payload(content(100));
    image.write(ghost_chunk_entry.newBuilder().setLen(3).setOff(-4096).build());
    image.payload(content(3));
  }

  private static void entry(
      ImageType type, ImageWriter image, Message message, SampleMessages messages)
      throws IOException {
    switch (type.body()) {
      case PIPE_DATA -> {
        image.write(((pipe_data_entry) message).toBuilder().setBytes(58).build());
        image.payload(content(58));
      }
      case SK_QUEUE -> {
        image.write(((sk_packet_entry) message).toBuilder().setLength(57).build());
        image.payload(content(57));
      }
      case BPFMAP_DATA -> {
        bpfmap_data_entry.Builder map = ((bpfmap_data_entry) message).toBuilder();
        image.write(map.setKeysBytes(8).setValuesBytes(16).build());
        image.payload(content(24));
      }
      case TCP_STREAM -> {
        image.write(((tcp_stream_entry) message).toBuilder().setInqLen(5).setOutqLen(0).build());
        image.payload(content(5));
      }
      case IPC_SHM -> {
        ipc_shm_entry.Builder segment = ((ipc_shm_entry) message).toBuilder();
        image.write(segment.setSize(5).setInPagemaps(false).build());
        image.payload(content(5));
        image.pad(3);
      }
      case IPC_SEM -> {
        image.write(((ipc_sem_entry) message).toBuilder().setNsems(5).build());
        image.payload(content(10));
        image.pad(6);
      }
      case IPC_MSG -> {
        image.write(((ipc_msg_entry) message).toBuilder().setQnum(2).build());
        for (int size = 7; size < 9; size++) {
          ipc_msg description = messages.fill(ipc_msg.getDefaultInstance());
          image.write(description.toBuilder().setMsize(size).build());
          image.payload(content(size));
          image.pad(8 - size);
        }
      }
      default -> image.write(message);
    }
  }

  private static ByteBuffer content(int bytes) {
    ByteBuffer content = ByteBuffer.allocate(bytes);
    while (content.hasRemaining()) {
      content.put((byte) (content.position() * 37 + bytes));
    }
    return content.flip();
  }

  /** Whether crit 4.2 knows the kind of an image, by its file name. */
  static boolean critReads(String name) {
    String kind = name.toLowerCase(Locale.ROOT);
    return !kind.startsWith("pidfd") && !kind.startsWith("binfmt") && !kind.startsWith("signal-");
  }
}
