// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

/** A task that waits at a trap of its program, and makes system calls for whoever handles that. */
public interface WaitingTask {
  /** Its pid, as Torpor sees it. */
  int pid();

  /**
   * Makes it make a call.
   *
   * @return what that gave; an error as its negative number
   */
  long call(int nr, long... args);

  /**
   * Writes into the data of its program.
   *
   * @param place where to
   * @param lengthBytes how many of {@code content}
   * @return the place's address, as the task sees it
   */
  long put(Data place, byte[] content, int lengthBytes);
}
