// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.IoReason;
import dev.torpor.error.RestoreException;
import dev.torpor.linux.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The file of {@code --pidfile}: a new one, mode 0600, the number and nothing behind it. CRIU opens
 * it with O_EXCL too, so callers rely on one that is there being kept; as it would also forbid the
 * next try, that of a restore that did not succeed is taken away again.
 */
final class Pidfile {
  private final Path file;
  private boolean written;

  /**
   * Names the file and refuses one that is there, before anything is restored.
   *
   * @param file null if none is wanted; then this does nothing
   */
  Pidfile(Path file) {
    if (file != null && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(file);
    }
    this.file = file;
  }

  private static RestoreException exists(Path file) {
    return new RestoreException(
        "pidfile " + named(file) + " exists already: remove it or name another");
  }

  /** A relative one lies below a descriptor of the work directory, which says nothing to a user. */
  private static Path named(Path file) {
    try {
      return file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
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
      throw cannotWrite(e.getMessage());
    } catch (FileAlreadyExistsException e) {
      throw exists(file);
    } catch (IOException e) {
      throw cannotWrite(IoReason.of(e));
    }
  }

  private RestoreException cannotWrite(String reason) {
    return new RestoreException(
        "pidfile " + named(file) + " cannot be written: " + reason + ": choose another place");
  }

  private void create(int pid) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      written = true;
      channel.write(ByteBuffer.wrap(Integer.toString(pid).getBytes(StandardCharsets.US_ASCII)));
    }
  }

  /** Takes it away, if it was written here. */
  void undo() throws IOException {
    if (written) {
      Files.deleteIfExists(file);
    }
  }
}
