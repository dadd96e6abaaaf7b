// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import java.util.HashMap;
import java.util.Map;

/**
 * The types of file systems, fstatfs(2), by the mounts that files were opened through: as long as a
 * file is open by a mount, that number is no other's.
 */
final class FileSystemTypes {
  /** Asks each time: of what is looked at alone. */
  static final FileSystemTypes NONE = new FileSystemTypes(null);

  private final Map<Integer, Long> known;

  /** None yet. */
  FileSystemTypes() {
    this(new HashMap<>());
  }

  private FileSystemTypes(Map<Integer, Long> known) {
    this.known = known;
  }

  /** That of an open file. */
  long of(int mntId, int fd) {
    if (known == null) {
      return ask(fd);
    }
    Long type = known.get(mntId);
    if (type == null) {
      type = ask(fd);
      known.put(mntId, type);
    }
    return type;
  }

  private static long ask(int fd) {
    try (NativeMemory statfs = NativeMemory.allocate(Stat.Statfs.SIZEOF)) {
      Stat.fstatfs(fd, statfs);
      return statfs.getLong(Stat.Statfs.f_type);
    }
  }
}
