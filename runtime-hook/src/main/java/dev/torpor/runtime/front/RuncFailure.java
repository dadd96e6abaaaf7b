// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.linux.KernelString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What runc does not say of a checkpoint or restore that failed: it names the engine's log, at
 * best.
 */
final class RuncFailure {
  private static final String ERROR = ") Error (";

  private RuncFailure() {}

  /**
   * The first error that the engine logged.
   *
   * @param sinceMillis when runc was started: an older log tells of something else
   * @return null if there is none: then it was not the engine that failed
   */
  static String cause(RuntimeArguments arguments, long sinceMillis) {
    boolean dump = "checkpoint".equals(arguments.command());
    Path log = arguments.work().resolve(dump ? "dump.log" : "restore.log");
    try {
      if (Files.getLastModifiedTime(log).toMillis() < sinceMillis) {
        return null;
      }
      return firstError(KernelString.decode(Files.readAllBytes(log)));
    } catch (IOException e) {
      return null;
    }
  }

  /** The text of {@code (00.123456) Error (Pipe.java:12): text}, null if there is none. */
  static String firstError(String log) {
    int error = log.indexOf(ERROR);
    if (error < 0) {
      return null;
    }
    int text = log.indexOf("): ", error + ERROR.length());
    int end = log.indexOf('\n', error);
    return text < 0 ? null : log.substring(text + 3, end < text ? log.length() : end);
  }
}
