// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one capture has found out about files with a path: many descriptors, of one task or of all,
 * have the same file open, and each is asked about once.
 */
final class SeenFiles {
  /** The path that led to it when a task last had it open by that. */
  private static final class Seen {
    private final long dev;
    private int pid;
    private int mntId;
    private String path;
    private List<Integer> buildId;

    Seen(long dev) {
      this.dev = dev;
    }
  }

  private final Map<Long, Seen> byInode = new HashMap<>();
  private final Set<Integer> mounts = new HashSet<>();

  private Seen seen(FileStat stat) {
    Seen seen = byInode.get(stat.ino());
    if (seen == null || seen.dev != stat.dev()) {
      seen = new Seen(stat.dev());
      byInode.put(stat.ino(), seen);
    }
    return seen;
  }

  /** Whether {@link #isAtItsPath} was said of the same file, by task, mount and path. */
  boolean wasAtItsPath(Descriptor descriptor) {
    Seen seen = seen(descriptor.stat());
    return descriptor.fd() >= 0
        && seen.pid == descriptor.pid()
        && seen.mntId == descriptor.mntId()
        && descriptor.link().equals(seen.path);
  }

  /** The path of a descriptor leads to the file. */
  void isAtItsPath(Descriptor descriptor) {
    Seen seen = seen(descriptor.stat());
    if (descriptor.fd() >= 0) {
      seen.pid = descriptor.pid();
      seen.mntId = descriptor.mntId();
      seen.path = descriptor.link();
    }
  }

  /** Whether nothing was asked about a mount so far, by its number in mountinfo. */
  boolean isNewMount(int mntId) {
    return mounts.add(mntId);
  }

  /** The file's build id, as {@link BuildId#of} has it. */
  List<Integer> buildId(Descriptor descriptor) {
    Seen seen = seen(descriptor.stat());
    if (seen.buildId == null) {
      seen.buildId = BuildId.of(descriptor.borrowed());
    }
    return seen.buildId;
  }
}
