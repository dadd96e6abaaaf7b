// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Message;
import dev.torpor.image.ImageMessages;
import dev.torpor.image.ImageReader;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.pagemap_entry;
import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/** Turns one image into JSON. */
final class ImageDecoder {
  private static final String[] UNITS = {"", "K", "M", "G", "T", "P", "E", "Z"};
  private static final double UNIT = 1024;

  private final ImageReader image;
  private final JsonText json;
  private final MessageWriter messages;
  private final boolean withPayload;

  ImageDecoder(ImageReader image, Writer out, boolean pretty, boolean withPayload) {
    this.image = image;
    this.json = new JsonText(out, pretty);
    this.messages = new MessageWriter(image.name(), json, pretty);
    this.withPayload = withPayload;
  }

  void decode() throws IOException {
    json.beginObject();
    json.name("magic");
    json.string(image.type().magicName());
    json.name("entries");
    json.beginArray();
    switch (image.type().body()) {
      case PAGEMAP -> pagemap();
      case GHOST_FILE -> ghostFile();
      default -> entries();
    }
    json.endArray();
    json.endObject();
  }

  private void entries() throws IOException {
    Message prototype = ImageMessages.of(image.type());
    Payload payload = Payload.of(image.type());
    while (image.hasNext()) {
      Message message = image.next(prototype.getParserForType());
      json.beginObject();
      messages.fields(message);
      if (payload != null) {
        extra(payload, message);
      }
      json.endObject();
    }
  }

  private void extra(Payload payload, Message message) throws IOException {
    json.name("extra");
    if (withPayload) {
      payload.show(image, message, json, messages);
    } else {
      json.string("... <" + humanSize(payload.skip(image, message)) + ">");
    }
  }

  private void pagemap() throws IOException {
    Message prototype = ImageMessages.of(image.type());
    while (image.hasNext()) {
      Message message = image.next(prototype.getParserForType());
      json.beginObject();
      messages.fields(message);
      json.endObject();
      prototype = pagemap_entry.getDefaultInstance();
    }
  }

  private void ghostFile() throws IOException {
    ghost_file_entry ghost = image.next(ghost_file_entry.parser());
    json.beginObject();
    messages.fields(ghost);
    if (ghost.getChunks()) {
      json.endObject();
      ghostChunks();
      return;
    }
    if (withPayload) {
      json.name("extra");
      json.beginString();
      BytesPayload.copyToEnd(image, json);
      json.endString();
    }
    json.endObject();
  }

  private void ghostChunks() throws IOException {
    while (image.hasNext()) {
      ghost_chunk_entry chunk = image.next(ghost_chunk_entry.parser());
      json.beginObject();
      messages.fields(chunk);
      if (withPayload) {
        json.name("extra");
        json.beginString();
        BytesPayload.copy(image, chunk.getLen(), json);
        json.endString();
      } else {
        image.skip(chunk.getLen());
      }
      json.endObject();
    }
  }

  private static String humanSize(long lengthBytes) {
    double size = lengthBytes;
    int unit = 0;
    while (size >= UNIT && unit < UNITS.length - 1) {
      size /= UNIT;
      unit++;
    }
    String number =
        size == Math.rint(size)
            ? Long.toString((long) size)
            : String.format(Locale.ROOT, "%.1f", size);
    return number + UNITS[unit] + "B";
  }
}
