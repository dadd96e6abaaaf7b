// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;

/**
 * What fstat(2) says of a file.
 *
 * @param dev device number as stat(2) gives it
 * @param ino inode number
 * @param mode type and permissions
 * @param nlink count of hard links; 0 for a deleted file
 * @param uid owner
 * @param gid group
 * @param rdev device number of a device file
 * @param sizeBytes length of a regular file
 */
public record FileStat(
    long dev, long ino, int mode, long nlink, int uid, int gid, long rdev, long sizeBytes) {

  /** Asks about an open file. */
  public static FileStat of(int fd) {
    try (NativeMemory memory = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(fd, memory);
      return read(memory);
    }
  }

  /** Asks about a path; a symbolic link at its end is not followed. */
  static FileStat ofPath(String path) {
    try (NativeMemory memory = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstatat(Fcntl.AT_FDCWD, path, memory, Fcntl.AT_SYMLINK_NOFOLLOW);
      return read(memory);
    }
  }

  /** Asks about what a link leads to; null if there is none. */
  static FileStat ofTarget(String link) {
    try (NativeMemory memory = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstatat(Fcntl.AT_FDCWD, link, memory, 0);
      return read(memory);
    } catch (ErrnoException e) {
      return null;
    }
  }

  private static FileStat read(NativeMemory memory) {
    return new FileStat(
        memory.getLong(Stat.StructStat.st_dev),
        memory.getLong(Stat.StructStat.st_ino),
        memory.getInt(Stat.StructStat.st_mode),
        memory.getLong(Stat.StructStat.st_nlink),
        memory.getInt(Stat.StructStat.st_uid),
        memory.getInt(Stat.StructStat.st_gid),
        memory.getLong(Stat.StructStat.st_rdev),
        memory.getLong(Stat.StructStat.st_size));
  }

  /** Whether the type is one of S_IFREG, S_IFDIR ... */
  boolean is(int type) {
    return (mode & Stat.S_IFMT) == type;
  }

  /** Whether both are the same inode. */
  boolean sameFile(FileStat other) {
    return dev == other.dev && ino == other.ino;
  }
}
