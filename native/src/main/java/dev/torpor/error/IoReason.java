// SPDX-License-Identifier: Apache-2.0
package dev.torpor.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Why input or output failed. Some exceptions of java.nio.file have only the path for a message.
 */
public final class IoReason {
  private IoReason() {}

  /** The reason; whoever says it names the file. */
  public static String of(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    boolean bare = failure instanceof FileSystemException file && file.getReason() == null;
    return bare || failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
