// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import java.io.IOException;
import java.io.Writer;

/** One list of {@code crit x}. What CRIU's crit lists too is the same, character for character. */
interface Listing {
  /** Writes the list, line by line. */
  void print(Checkpoint checkpoint, Writer out) throws IOException;

  /** The list of a name, null if there is none. */
  static Listing of(String name) {
    return switch (name) {
      case "ps" -> new Processes();
      case "fds" -> new Descriptors();
      case "mems" -> new Mappings();
      case "rss" -> new ResidentPages();
      case "sk" -> new Sockets();
      default -> null;
    };
  }
}
