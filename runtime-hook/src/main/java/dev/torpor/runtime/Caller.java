// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the launcher kept from the JVM, which must not obey it: environment, working directory,
 * standard output. Texts are {@link KernelString}s, whatever the locale is.
 */
final class Caller {
  private Caller() {}

  /**
   * Goes to the caller's working directory and speaks to its standard output from now on. What the
   * JVM said until then is dropped: the launcher tells of it only when it never came to this.
   */
  static void takeUp() {
    // Java asks once for the name of the directory, which fails in one that was removed; found to
    // be what it was started in, relative names are the kernel's to resolve from then on.
    FileSystems.getDefault();
    int directory = fd("caller.directory");
    Unistd.fchdir(directory);
    Unistd.close(directory);
    Unistd.ftruncate(2, 0);
    takeUp("caller.output", 1);
    takeUp("caller.error", 2);
  }

  private static void takeUp(String name, int number) {
    int kept = fd(name);
    Unistd.dup3(kept, number, 0);
    Unistd.close(kept);
  }

  private static int fd(String name) {
    return Integer.getInteger("torpor." + name + ".fd");
  }

  /** The caller's environment. */
  static Map<String, String> environment() {
    return environment(fd("caller.environment"));
  }

  /** What a file of environment variables says; the later of two values wins, as in a shell. */
  static Map<String, String> environment(int fd) {
    Map<String, String> environment = new HashMap<>();
    for (String entry : texts(Unistd.readAll(fd))) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    Unistd.close(fd);
    return environment;
  }

  /**
   * Arguments as they were given. Java's own decoder loses what is no UTF-8, and all that is not
   * ASCII where the locale that the launcher asks for is missing.
   */
  static List<String> arguments(String[] decoded) {
    for (String argument : decoded) {
      if (!StandardCharsets.US_ASCII.newEncoder().canEncode(argument)) {
        List<String> all = texts(ProcFs.bytes("/proc/self/cmdline"));
        return all.subList(all.size() - decoded.length, all.size());
      }
    }
    return Arrays.asList(decoded);
  }

  private static List<String> texts(byte[] bytes) {
    List<String> texts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        texts.add(KernelString.decode(Arrays.copyOfRange(bytes, start, i)));
        start = i + 1;
      }
    }
    return texts;
  }
}
