// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/** A file in /proc is not there, cannot be read, or does not read as proc(5) says. */
public final class ProcException extends RuntimeException {
  private final boolean gone;

  /** The file cannot be read. */
  public ProcException(String path, java.io.IOException cause) {
    super("cannot read " + path + ": " + cause.getMessage(), cause);
    this.gone =
        cause instanceof java.nio.file.NoSuchFileException
            // Also thrown for a file that is there and may not be opened, or for want of
            // descriptors.
            || (cause instanceof java.io.FileNotFoundException && !new java.io.File(path).exists())
            || String.valueOf(cause.getMessage()).contains("No such process");
  }

  /** The text is not as expected. */
  public ProcException(String path, String line, String expected) {
    super(path + " does not read as expected: \"" + line + "\" is not " + expected);
    this.gone = false;
  }

  /** Whether the task has ended. */
  public boolean gone() {
    return gone;
  }
}
