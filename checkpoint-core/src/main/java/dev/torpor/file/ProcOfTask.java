// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.ProcDescriptor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file of /proc that tells of a task needs to be there when it is opened. That is before
 * threads are made, and before descriptors have their numbers.
 */
final class ProcOfTask {
  private static final String PROC = "/proc/";
  private static final Pattern OF_THREAD =
      Pattern.compile("/proc/([0-9]{1,9})/task/([0-9]{1,9})/.*");
  private static final Pattern OF_DESCRIPTOR =
      Pattern.compile("/proc/([0-9]{1,9})(?:/task/[0-9]{1,9})?/fdinfo/([0-9]{1,9})");

  private ProcOfTask() {}

  /**
   * Refuses the files of threads.
   *
   * @throws UnsupportedException for such a file
   */
  static void refuseThread(file_entry entry, OpenPlan plan) {
    Matcher thread = match(OF_THREAD, "/task/", entry);
    if (thread != null
        && !thread.group(1).equals(thread.group(2))
        && plan.hasTask(Integer.parseInt(thread.group(1)))) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "it tells of thread "
              + thread.group(2)
              + ", which is not there yet when files are opened; not carried yet, let the program"
              + " close it before the dump");
    }
  }

  /**
   * Plans that the number is taken of which a file tells: {@code /proc/42/fdinfo/7} can only be
   * opened while the task has something at 7, and tells of whatever is there when it is read.
   *
   * @return what is to be closed when the file is open; null for any other file
   * @throws UnsupportedException for the number of a task that is not the one that opens
   */
  static Op takeNumber(file_entry entry, OpenPlan plan) {
    Matcher number = match(OF_DESCRIPTOR, "/fdinfo/", entry);
    if (number == null) {
      return null;
    }
    if (!plan.isOpener(Integer.parseInt(number.group(1)))) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "it tells of a descriptor of another task than the one that opens it; not carried, let"
              + " the program close it before the dump");
    }
    // If the number is in use, the next that is free is taken for nothing.
    return plan.call(entry, "take its number", Nr.SYS_fcntl)
        .arg(plan.fact(ProcDescriptor.class, () -> null).number())
        .arg(Fcntl.F_DUPFD_CLOEXEC)
        .arg(Integer.parseInt(number.group(2)))
        .expectAnything();
  }

  /** Patterns are not for each file of a restore. */
  private static Matcher match(Pattern pattern, String part, file_entry entry) {
    String path = entry.getReg().getName();
    if (!path.startsWith(PROC) || !path.contains(part)) {
      return null;
    }
    Matcher matcher = pattern.matcher(path);
    return matcher.matches() ? matcher : null;
  }
}
