// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.HashMap;
import java.util.Map;

/**
 * A fact: paths of watched inodes that the rehearsal of a dump has found by going through names,
 * for the capture, which has no time for it.
 */
public final class FoundPaths {
  /** For all instances of a tree together. */
  private static final long SEARCH_NANOS = 5_000_000_000L;

  private final Map<FileId, String> paths = new HashMap<>();
  private long leftNanos = SEARCH_NANOS;

  /** None yet. */
  public FoundPaths() {}

  /** Where an inode was, or null. */
  String of(FileId inode) {
    return paths.get(inode);
  }

  /** Remembers where it is. */
  void add(FileId inode, String path) {
    paths.put(inode, path);
  }

  /** How long names may be gone through. */
  long leftNanos() {
    return leftNanos;
  }

  /** Some of that time has been spent. */
  void spend(long nanos) {
    leftNanos -= nanos;
  }
}
