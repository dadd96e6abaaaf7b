// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Message;
import dev.torpor.image.ImageMessages;
import dev.torpor.image.ImageReader;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.pagemap_entry;
import java.io.IOException;

/** Counts the entries of an image as {@code crit info} does: a pagemap's head is none. */
final class EntryCount {
  private final ImageReader image;

  EntryCount(ImageReader image) {
    this.image = image;
  }

  long count() throws IOException {
    return switch (image.type().body()) {
      case PAGEMAP -> pagemap();
      case GHOST_FILE -> ghostFile();
      default -> entries();
    };
  }

  private long entries() throws IOException {
    Message prototype = ImageMessages.of(image.type());
    Payload payload = Payload.of(image.type());
    long count = 0;
    while (image.hasNext()) {
      Message message = image.next(prototype.getParserForType());
      if (payload != null) {
        payload.skip(image, message);
      }
      count++;
    }
    return count;
  }

  private long pagemap() throws IOException {
    image.next(ImageMessages.of(image.type()).getParserForType());
    return image.rest(pagemap_entry.parser()).size();
  }

  private long ghostFile() throws IOException {
    long count = 1;
    if (image.next(ghost_file_entry.parser()).getChunks()) {
      for (; image.hasNext(); count++) {
        image.skip(image.next(ghost_chunk_entry.parser()).getLen());
      }
    }
    return count;
  }
}
