// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Directory;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Goes through directories that may hold what is watched, for a limited time: what is right beside
 * what the tasks have open, then where the caller says, then where programs keep what they watch,
 * then all of each file system, what is near its root first.
 *
 * <p>To read a directory is an event of its own; one that a watch would be told of is left alone.
 */
final class NameWalk {
  private static final List<String> LIKELY =
      List.of("/etc", "/run", "/usr/share", "/usr/local", "/var/lib", "/var/spool", "/root");

  private static final int READ =
      Fcntl.O_RDONLY
          | Fcntl.O_DIRECTORY
          | Fcntl.O_NOFOLLOW
          | Fcntl.O_NONBLOCK
          | Fcntl.O_NOATIME
          | Fcntl.O_CLOEXEC;

  private final NameSearch search;
  private final HandleReader reader;
  private final Set<String> seen = new HashSet<>();
  private final long endNanos;

  NameWalk(NameSearch search, HandleReader reader, long limitNanos) {
    this.search = search;
    this.reader = reader;
    this.endNanos = System.nanoTime() + limitNanos;
  }

  /**
   * Looks until all is found, all names were seen, or the time is over.
   *
   * @param places what the tasks have open, and all above
   * @param given by the caller
   * @param roots of the mounts on which inodes are missing
   */
  void walk(Collection<String> places, List<String> given, Collection<String> roots) {
    for (String place : places) {
      if (search.missesOn(place)) {
        read(place, new ArrayDeque<>());
      }
    }
    // Again, this time with all that is below.
    seen.clear();
    given.forEach(this::walkBelow);
    for (String place : LIKELY) {
      if (search.missesOn(place)) {
        walkBelow(place);
      }
    }
    roots.forEach(this::walkBelow);
  }

  private void walkBelow(String top) {
    search.lookAt(top);
    Deque<String> queue = new ArrayDeque<>(List.of(top));
    while (!queue.isEmpty() && !search.isDone() && System.nanoTime() - endNanos < 0) {
      read(queue.remove(), queue);
    }
  }

  /** Looks at all names in a directory, and adds the directories among them. */
  private void read(String place, Deque<String> below) {
    int slash = place.lastIndexOf('/');
    if (search.isDone()
        || search.isNoisy(slash <= 0 ? "/" : place.substring(0, slash))
        || search.isNoisy(place)
        || !seen.add(place)) {
      return;
    }
    int fd = open(place);
    if (fd < 0) {
      return;
    }
    try {
      reader.at(fd, ".", 0);
      int mount = reader.mount();
      String prefix = place.endsWith("/") ? place : place + "/";
      for (Directory.Entry entry : new Directory(fd).entries()) {
        FileId child = reader.at(fd, entry.name(), 0);
        if (child == null) {
          continue;
        }
        if (entry.mayBeDirectory() && reader.mount() == mount) {
          below.add(prefix + entry.name());
        }
        if (search.isMissing(child)) {
          search.lookAt(prefix + entry.name());
        }
      }
    } finally {
      Unistd.close(fd);
    }
  }

  private int open(String path) {
    try {
      return Fcntl.open(search.hostPath(path), READ, 0);
    } catch (ErrnoException e) {
      return -1;
    }
  }
}
