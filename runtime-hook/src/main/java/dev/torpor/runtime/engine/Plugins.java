// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.error.IoReason;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/**
 * CRIU's plugins, criu-plugin.h: libraries that call functions of CRIU's own program. None is
 * loaded; devices that need one are refused by their own names.
 */
final class Plugins {
  private Plugins() {}

  /**
   * Refuses a directory that has some.
   *
   * @param directory of {@code --libdir}, or null
   * @throws OptionException naming one, or that the directory cannot be read
   */
  static void refuse(String directory) {
    if (directory == null) {
      return;
    }
    try {
      int fd = Fcntl.open(directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
      try (DirectoryStream<Path> libraries =
          Files.newDirectoryStream(Path.of("/proc/self/fd/" + fd), "*.so")) {
        refuseFirst(directory, libraries.iterator());
      } finally {
        Unistd.close(fd);
      }
    } catch (ErrnoException e) {
      throw unreadable(directory, e.getMessage());
    } catch (IOException e) {
      throw unreadable(directory, IoReason.of(e));
    }
  }

  private static void refuseFirst(String directory, Iterator<Path> libraries) {
    if (libraries.hasNext()) {
      throw new OptionException(
          "--libdir "
              + directory
              + ": plugins of CRIU are not loaded, and "
              + libraries.next().getFileName()
              + " is one: leave the option out, or use CRIU for this operation");
    }
  }

  private static OptionException unreadable(String directory, String why) {
    return new OptionException(
        "--libdir " + directory + " cannot be read: " + why + ": name a directory without plugins");
  }
}
