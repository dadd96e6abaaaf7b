// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * A descriptor that a task has while it is being restored. The number is known once {@link
 * FilesPlanner#plan} was called, so ask for it when appending calls.
 */
public final class ServiceFd {
  private int number = -1;

  ServiceFd() {}

  void place(int value) {
    number = value;
  }

  /** The number. */
  public int number() {
    if (number < 0) {
      throw new IllegalStateException(
          "asked for a service descriptor before the files are planned");
    }
    return number;
  }
}
