// SPDX-License-Identifier: Apache-2.0
package dev.torpor.error;

/**
 * Torpor does not carry this object, or this state of it. Thrown before anything is frozen or
 * created.
 */
public final class UnsupportedException extends TorporException {
  /**
   * Names the object and the way out.
   *
   * @param object as a user knows it: {@code fd 7 of task 42 (anon_inode:[io_uring])}
   * @param reason what of it cannot be carried, and what to do: {@code io_uring is not carried;
   *     close the ring before the dump}
   */
  public UnsupportedException(String object, String reason) {
    super(object + ": " + reason, 0, null);
  }
}
