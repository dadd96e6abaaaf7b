// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.error.IoReason;
import dev.torpor.error.TorporException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** A file in /proc is not there, cannot be read, or does not read as proc(5) says. */
public final class ProcException extends TorporException {
  private final boolean gone;

  private static final String DENIED =
      "; it takes root, or CAP_CHECKPOINT_RESTORE and CAP_SYS_PTRACE";

  /** The file cannot be read. */
  public ProcException(String path, IOException cause) {
    super(
        "cannot read " + path + ": " + IoReason.of(cause) + (isDenied(cause) ? DENIED : ""),
        0,
        cause);
    this.gone = isGone(cause);
  }

  /** The file cannot be opened or read. */
  public ProcException(String path, ErrnoException cause) {
    super(
        "cannot read "
            + path
            + ": "
            + Errno.describe(cause.errno())
            + (cause.is(Errno.EACCES) || cause.is(Errno.EPERM) ? DENIED : ""),
        cause.errno(),
        cause);
    this.gone = cause.is(Errno.ENOENT) || cause.is(Errno.ESRCH);
  }

  private static boolean isDenied(IOException cause) {
    return cause instanceof AccessDeniedException;
  }

  private static boolean isGone(IOException cause) {
    return cause instanceof NoSuchFileException
        || String.valueOf(cause.getMessage()).contains("No such process");
  }

  /** The text is not as expected. */
  public ProcException(String path, String line, String expected) {
    super(path + " does not read as expected: \"" + line + "\" is not " + expected, 0, null);
    this.gone = false;
  }

  /** Whether the task has ended. */
  public boolean gone() {
    return gone;
  }
}
