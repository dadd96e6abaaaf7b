// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.oci.ArchiveLimits;
import dev.torpor.runtime.option.OptionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The words behind an action: {@code --flag}, {@code --name VALUE}, {@code --name=VALUE}, others.
 */
final class ContainerArguments {
  private static final String TRUE = "true";
  private static final String UNITS = "KMGT";
  private static final int UNIT_BITS = 10;

  /** As podman container checkpoint and restore have them. */
  private static final Map<String, String> SHORT =
      Map.of("-e", "--export", "-R", "--leave-running", "-c", "--compress", "-n", "--name");

  private final ContainerAction action;
  private final Map<String, String> options = new HashMap<>();
  private final List<String> words = new ArrayList<>();

  /**
   * Reads them.
   *
   * @throws OptionException for what the action does not take
   */
  ContainerArguments(ContainerAction action, List<String> given) {
    this.action = action;
    for (int i = 0; i < given.size(); i++) {
      String word = SHORT.getOrDefault(given.get(i), given.get(i));
      if (!word.startsWith("-")) {
        words.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      String name = word.substring(0, equals < 0 ? word.length() : equals).replaceFirst("^--", "");
      if (action.takesFlag(name) && equals < 0) {
        options.put(name, TRUE);
      } else if (!action.takesValue(name)) {
        throw new OptionException(word + " is no option of it: " + usage());
      } else if (equals >= 0) {
        options.put(name, word.substring(equals + 1));
      } else if (++i < given.size()) {
        options.put(name, given.get(i));
      } else {
        throw new OptionException(word + " needs a value: " + usage());
      }
    }
  }

  private String usage() {
    return "container " + action.word + ' ' + action.usage;
  }

  boolean on(String flag) {
    return options.containsKey(flag);
  }

  /** Null if it was not given. */
  String text(String option) {
    return options.get(option);
  }

  /** The words that are no options, as many as there must be. */
  List<String> words(int least, int most) {
    if (words.size() < least || words.size() > most) {
      throw new OptionException("usage: " + usage());
    }
    return words;
  }

  /** The one word. */
  Path file() {
    return Path.of(words(1, 1).get(0));
  }

  /** A name of the caller's, from the root: the JVM itself stands elsewhere. */
  static Path absolute(String name) {
    String directory = Unistd.readlinkat(Fcntl.AT_FDCWD, "/proc/self/cwd");
    return Path.of(directory).resolve(name).normalize();
  }

  /** Where archives are unpacked to. */
  Path temporary() {
    return Path.of(options.getOrDefault("temporary", System.getProperty("java.io.tmpdir")));
  }

  /** How much of an archive is taken. */
  ArchiveLimits limits() {
    String size = text("max-size");
    return size == null
        ? ArchiveLimits.DEFAULT
        : new ArchiveLimits(bytes(size), ArchiveLimits.DEFAULT.entryCount());
  }

  /** {@code 65536}, {@code 64K}, {@code 16M}, {@code 2G}, {@code 1T}. */
  private static long bytes(String size) {
    int unit = size.isEmpty() ? -1 : UNITS.indexOf(size.charAt(size.length() - 1)) + 1;
    try {
      String number = unit > 0 ? size.substring(0, size.length() - 1) : size;
      long value = Long.parseLong(number);
      int bits = UNIT_BITS * Math.max(unit, 0);
      long bytes = value << bits;
      if (value > 0 && bytes >> bits == value) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new OptionException("--max-size " + size + ": give a size such as 65536, 64K or 16G");
  }

  /**
   * The words that tell a runtime what to do with cgroups. A restore of runc takes any mode, and
   * does as if none was given.
   *
   * @throws OptionException for one that there is not
   */
  List<String> cgroupsMode() {
    String mode = text("manage-cgroups-mode");
    if (mode == null) {
      return List.of();
    }
    if (!List.of("soft", "full", "strict", "ignore").contains(mode)) {
      throw new OptionException(
          "--manage-cgroups-mode " + mode + ": there are soft, full, strict and ignore");
    }
    return List.of("--manage-cgroups-mode", mode);
  }

  /** A pid, 0 if none was given. */
  long pid() {
    String pid = text("pid");
    try {
      return pid == null ? 0 : Long.parseLong(pid);
    } catch (NumberFormatException e) {
      throw new OptionException("--pid " + pid + ": give the number of a process, as inspect does");
    }
  }
}
