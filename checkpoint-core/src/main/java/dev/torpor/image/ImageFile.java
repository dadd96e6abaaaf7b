// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import dev.torpor.image.ImageException.Problem;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file of an image, as far as it is opened to be read. */
final class ImageFile {
  private static final int NO_FD = -1;
  private static final int AS_IT_IS = Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;

  private ImageFile() {}

  /**
   * Opens the file of an image, which must be a regular one: a FIFO would be waited for, and a link
   * among images that come from elsewhere would have any file read.
   */
  static FileChannel open(String path) throws IOException {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int fd = NO_FD;
    try {
      fd = Fcntl.open(path, AS_IT_IS, 0);
      try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
        Stat.fstat(fd, stat);
        if ((stat.getInt(Stat.StructStat.st_mode) & Stat.S_IFMT) == Stat.S_IFREG) {
          return FileChannel.open(Path.of("/proc/self/fd/" + fd), StandardOpenOption.READ);
        }
      }
    } catch (ErrnoException e) {
      throw missing(name, Errno.describe(e.errno()), e);
    } finally {
      if (fd != NO_FD) {
        Unistd.close(fd);
      }
    }
    throw notAFile(name);
  }

  /** Of what has the name of an image but is no file that holds one. */
  static ImageException notAFile(String name) {
    return new ImageException(
        Problem.NOT_A_FILE,
        name,
        0,
        "a regular file",
        "a FIFO, socket, device, directory or symbolic link",
        "copy the image itself there");
  }

  private static ImageException missing(String name, String reason, ErrnoException cause) {
    return new ImageException(
        Problem.MISSING,
        name,
        0,
        "an image",
        reason,
        "name the directory the checkpoint was written to",
        cause);
  }
}
