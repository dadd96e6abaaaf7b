// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.error.IoReason;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** What is told of a failure. Names in it may be an archive's. */
final class Message {
  private Message() {}

  static String of(Exception e) {
    String text =
        e instanceof FileSystemException file
            ? file.getFile() + ": " + IoReason.of((IOException) e)
            : e.getMessage();
    StringBuilder seen = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      seen.append(Character.isISOControl(c) ? '?' : c);
    }
    return seen.toString();
  }
}
