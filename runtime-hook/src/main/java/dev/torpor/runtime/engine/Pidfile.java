// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.IoReason;
import dev.torpor.runtime.option.OptionException;
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

/** The file of {@code --pidfile}: a new one, mode 0600, the number and nothing behind it. */
public final class Pidfile {
  private final Path file;

  /**
   * Names the file and refuses one that is there, before anything is restored.
   *
   * @param file absolute, or already resolved against the work directory
   */
  public Pidfile(Path file) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw exists(file);
    }
    this.file = file;
  }

  private static OptionException exists(Path file) {
    return new OptionException("pidfile " + file + " exists already: remove it or name another");
  }

  /** Writes the pid. */
  public void write(int pid) {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      channel.write(ByteBuffer.wrap(Integer.toString(pid).getBytes(StandardCharsets.US_ASCII)));
    } catch (FileAlreadyExistsException e) {
      throw exists(file);
    } catch (IOException e) {
      throw new OptionException(
          "pidfile " + file + " cannot be written: " + IoReason.of(e) + ": choose another place");
    }
  }
}
