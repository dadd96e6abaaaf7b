// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.room.Room;
import java.util.List;
import java.util.function.Consumer;

/**
 * One controller: which of its files are saved and how they are written back. What is said here
 * holds for most files; a controller overrides what is special about its own.
 */
interface Controller extends Room {
  @Override
  default Owner owner() {
    return Owner.CGROUP;
  }

  /** Name as in mount options; prefix of its files. */
  String name();

  /** Files that are saved unless options say otherwise. */
  List<String> properties();

  /** The value to save, from what was read. */
  default String capture(String property, String text) throws CgroupException {
    String value = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    return isUnlimited(value) ? "-1" : value;
  }

  /** When a file of this controller is written back. */
  default RestoreMoment moment(String property) {
    return RestoreMoment.AFTER_TASKS;
  }

  /**
   * Writes a value back, unless the file has it already: some files can be read but no longer
   * written.
   *
   * @param warnings takes what failed and may fail
   */
  default void restore(
      CgroupDirectory directory, String property, String value, Consumer<String> warnings)
      throws CgroupException {
    if (!capture(property, directory.read(property)).equals(value)) {
      directory.write(property, value);
    }
  }

  /** Called for a directory above the saved ones that had to be made, too. */
  default void initialise(CgroupDirectory directory, CgroupDirectory parent)
      throws CgroupException {}

  /** Numbers from LLONG_MAX on mean no limit; -1 says so on every kernel, as CRIU writes it. */
  private static boolean isUnlimited(String value) {
    int digits = 0;
    while (digits < value.length() && Character.digit(value.charAt(digits), 10) >= 0) {
      digits++;
    }
    if (digits < 19) {
      return false;
    }
    String number = value.substring(0, digits);
    return digits > 19 || number.compareTo(Long.toString(Long.MAX_VALUE)) >= 0;
  }
}
