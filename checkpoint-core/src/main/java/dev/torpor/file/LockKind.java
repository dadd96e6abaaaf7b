// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** The kinds of file locks, with the numbers that they have in CRIU's images. */
public enum LockKind {
  /** fcntl_locking(2); of a process, and gone when it closes any descriptor of the file. */
  POSIX(1, "POSIX", "POSIX lock"),
  /** flock(2); of an open file. */
  FLOCK(2, "FLOCK", "flock(2) lock"),
  /** F_OFD_SETLK, since Linux 3.15; of an open file. */
  OFD(4, "OFDLCK", "open file description lock"),
  /** F_SETLEASE; of an open file. */
  LEASE(8, "LEASE", "lease");

  /** Added to the type of a lease that somebody has asked to give up. */
  public static final int LEASE_BREAKING = 4;

  private final int flag;
  private final String word;
  private final String description;

  LockKind(int flag, String word, String description) {
    this.flag = flag;
    this.word = word;
    this.description = description;
  }

  /** Its number in {@code file_lock_entry.flag}. */
  public int flag() {
    return flag;
  }

  /** As a message names it. */
  public String description() {
    return description;
  }

  /** Whether it belongs to a range of bytes. */
  boolean hasRange() {
    return this == POSIX || this == OFD;
  }

  /** That of a word in /proc/locks, or null. */
  public static LockKind ofWord(String word) {
    for (LockKind kind : values()) {
      if (kind.word.equals(word)) {
        return kind;
      }
    }
    return null;
  }

  /** That of a number in images, or null. */
  static LockKind ofFlag(int flag) {
    for (LockKind kind : values()) {
      if (kind.flag == flag) {
        return kind;
      }
    }
    return null;
  }
}
