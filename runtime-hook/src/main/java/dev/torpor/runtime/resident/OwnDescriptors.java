// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.resident;

import dev.torpor.linux.Directory;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The descriptors of an engine. Those of its own, JVM and all, have numbers that no caller's have,
 * which the launcher has seen to before it became the JVM.
 */
final class OwnDescriptors {
  /** ENGINE_FIRST_FD of the launcher. */
  static final int FIRST = 1024;

  private static final int STANDARD = 3;

  private final int nothing;
  private final int table;
  private final Set<String> own;

  /** Frees the numbers that were kept until all files of the JVM are open. */
  OwnDescriptors() throws IOException {
    // With the first file the JDK makes a socket, which it keeps.
    FileChannel.open(Path.of("/dev/null")).close();
    Unistd.closeRange(STANDARD, FIRST - 1, 0);
    nothing = high(Fcntl.open("/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0));
    table =
        high(Fcntl.open("/proc/self/fd", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0));
    own = Set.copyOf(numbers());
  }

  /** A descriptor in place of one that is no longer there, where none of a caller's will be. */
  static int high(int fd) {
    int moved = Fcntl.dupCloexec(fd, FIRST);
    Unistd.close(fd);
    return moved;
  }

  /**
   * Everything that was given or opened is closed, but for what {@link #hasOthersThan} then tells.
   */
  void forget(Work work) {
    for (int i = 0; i < STANDARD; i++) {
      Unistd.dup3(nothing, i, 0);
    }
    for (int number : work.numbers()) {
      if (number >= STANDARD) {
        Unistd.close(number);
      }
    }
  }

  /** Whether there is any that was not there at first, but for one. */
  boolean hasOthersThan(int connection) {
    List<String> numbers = numbers();
    numbers.remove(Integer.toString(connection));
    return !own.containsAll(numbers);
  }

  private List<String> numbers() {
    return new Directory(table).names();
  }
}
