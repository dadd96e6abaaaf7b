// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.Message;
import dev.torpor.image.ImageMessages;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.pagemap_entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Turns JSON into one image. */
final class ImageEncoder {
  private final String text;

  ImageEncoder(String text) {
    this.text = text;
  }

  void encode(WritableByteChannel out) throws IOException {
    ImageType type = findMagic();
    try (JsonInput input = new JsonInput(text);
        ImageWriter image = ImageWriter.of(out, type)) {
      boolean found = false;
      input.expectNext(JsonToken.START_OBJECT, "an object with magic and entries");
      while (input.next() == JsonToken.FIELD_NAME) {
        String name = input.name();
        input.next();
        switch (name) {
          case "magic" -> input.expect(JsonToken.VALUE_STRING, "the name of a magic");
          case "entries" -> {
            found = true;
            entries(type, input, image);
          }
          default -> throw input.refuse("magic or entries", name);
        }
      }
      if (!found) {
        throw input.refuse("entries", "none");
      }
      input.expect(JsonToken.END_OBJECT, "the end of the object");
      input.next();
      input.expect(null, "the end of the text");
    }
  }

  /** The kind comes first, but who edits JSON with a tool may find its members sorted by name. */
  private ImageType findMagic() throws IOException {
    try (JsonInput input = new JsonInput(text)) {
      input.expectNext(JsonToken.START_OBJECT, "an object with magic and entries");
      while (input.next() == JsonToken.FIELD_NAME) {
        boolean magic = input.name().equals("magic");
        input.next();
        if (magic) {
          return type(input);
        }
        input.skip();
      }
      throw input.refuse("magic", "none");
    }
  }

  private static ImageType type(JsonInput input) throws IOException {
    String name = input.string("the name of a magic");
    ImageType type = ImageType.ofMagicName(name);
    if (type == null) {
      throw input.refuse("the name of a magic of CRIU 4.2, such as CORE", name);
    }
    return type;
  }

  private static void entries(ImageType type, JsonInput input, ImageWriter image)
      throws IOException {
    input.expect(JsonToken.START_ARRAY, "a list of entries");
    MessageReader messages = new MessageReader(input);
    if (type.body() == ImageType.Body.GHOST_FILE) {
      ghostFile(input, messages, image);
      return;
    }
    Message prototype = ImageMessages.of(type);
    Payload payload = Payload.of(type);
    while (input.next() != JsonToken.END_ARRAY) {
      MessageReader.Extra extra = payload == null ? null : in -> payload.read(in, messages);
      Message message = messages.complete(messages.object(prototype, extra));
      image.write(message);
      if (payload != null) {
        payload.write(message, image, input);
      }
      if (type.body() == ImageType.Body.PAGEMAP) {
        prototype = pagemap_entry.getDefaultInstance();
      }
    }
  }

  private static void ghostFile(JsonInput input, MessageReader messages, ImageWriter image)
      throws IOException {
    Message prototype = ghost_file_entry.getDefaultInstance();
    while (input.next() != JsonToken.END_ARRAY) {
      byte[][] content = new byte[1][];
      Message message =
          messages.complete(
              messages.object(prototype, in -> content[0] = in.base64("the content of a file")));
      image.write(message);
      boolean hasContent = content[0] != null;
      if (message instanceof ghost_file_entry ghost) {
        requireContent(input, hasContent, !ghost.getChunks());
        prototype = ghost.getChunks() ? ghost_chunk_entry.getDefaultInstance() : null;
      } else {
        requireContent(input, hasContent, true);
        requireLength(input, (ghost_chunk_entry) message, content[0]);
      }
      if (hasContent) {
        image.payload(ByteBuffer.wrap(content[0]));
      }
      if (prototype == null) {
        input.next();
        input.expect(JsonToken.END_ARRAY, "the end of a list of one ghost file");
        return;
      }
    }
  }

  private static void requireContent(JsonInput input, boolean has, boolean needs)
      throws IOException {
    if (has != needs) {
      throw input.refuse(
          needs ? "the content as extra" : "the content in chunks", has ? "extra" : "none");
    }
  }

  private static void requireLength(JsonInput input, ghost_chunk_entry chunk, byte[] content)
      throws IOException {
    if (chunk.getLen() != content.length) {
      throw input.refuse(
          Long.toUnsignedString(chunk.getLen()) + " bytes, as len says", content.length + " bytes");
    }
  }
}
