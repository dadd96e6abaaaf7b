// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.OutputFile;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The file of {@code --pidfile}: a new one, mode 0600, the number and nothing behind it. CRIU opens
 * it with O_EXCL too, so callers rely on one that is there being kept; as it would also forbid the
 * next try, that of a restore that did not succeed is taken away again.
 */
final class Pidfile {
  private static final int OWNER_ONLY_MODE = 0600;

  private final String file;
  private boolean written;

  /**
   * Names the file and refuses one that is there, before anything is restored.
   *
   * @param file null if none is wanted; then this does nothing
   */
  Pidfile(String file) {
    if (file != null && exists(file)) {
      throw existsAlready(file);
    }
    this.file = file;
  }

  private static boolean exists(String file) {
    try {
      Unistd.close(Fcntl.open(file, Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static RestoreException existsAlready(String file) {
    return new RestoreException(
        "pidfile " + named(file) + " exists already: remove it or name another");
  }

  /** A relative one lies below a descriptor of the work directory, which says nothing to a user. */
  private static String named(String file) {
    int slash = file.lastIndexOf('/');
    try {
      return Unistd.readlinkat(Fcntl.AT_FDCWD, file.substring(0, slash)) + file.substring(slash);
    } catch (ErrnoException e) {
      return file;
    }
  }

  /** Writes the pid. */
  void write(int pid, Guardian guardian) {
    if (file == null) {
      return;
    }
    try {
      guardian.willWrite(file);
      create(pid);
    } catch (ErrnoException e) {
      if (e.is(Errno.EEXIST)) {
        throw existsAlready(file);
      }
      throw cannotWrite(Errno.describe(e.errno()));
    } catch (IOException e) {
      throw cannotWrite(e.getMessage());
    }
  }

  private RestoreException cannotWrite(String reason) {
    return new RestoreException(
        "pidfile " + named(file) + " cannot be written: " + reason + ": choose another place");
  }

  private void create(int pid) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
    try (OutputFile output = OutputFile.of(Fcntl.open(file, flags, OWNER_ONLY_MODE))) {
      written = true;
      output.write(ByteBuffer.wrap(Integer.toString(pid).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  /** Takes it away, if it was written here. */
  void undo() {
    if (written && exists(file)) {
      Unistd.unlinkat(Fcntl.AT_FDCWD, file, 0);
    }
  }
}
