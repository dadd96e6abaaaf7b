// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Stat.LinuxDirent64;
import java.util.ArrayList;
import java.util.List;

/** Reads an open directory; the JVM's own reading loses names that are no text of its locale. */
public final class Directory {
  private static final int BUFFER_BYTES = 32768;

  private final int fd;

  /** {@code fd} stays the caller's. */
  public Directory(int fd) {
    this.fd = fd;
  }

  /**
   * One that is in a directory.
   *
   * @param mayBeDirectory whether it is a directory, or of a type that only a look at it tells
   */
  public record Entry(String name, boolean mayBeDirectory) {}

  /** All names but "." and "..", in the order of the file system. Reads from the start. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (Entry entry : entries()) {
      names.add(entry.name);
    }
    return names;
  }

  /** The same with what the file system says of them. */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    Unistd.lseek(fd, 0, Unistd.SEEK_SET);
    try (NativeMemory buffer = NativeMemory.allocate(BUFFER_BYTES)) {
      int length;
      while ((length = Unistd.getdents64(fd, buffer)) > 0) {
        for (int at = 0; at < length; at += buffer.getUnsignedShort(at + LinuxDirent64.d_reclen)) {
          String name = buffer.getString(at + LinuxDirent64.d_name);
          if (!name.equals(".") && !name.equals("..")) {
            int type = buffer.getUnsignedByte(at + LinuxDirent64.d_type);
            entries.add(new Entry(name, type == Stat.DT_DIR || type == Stat.DT_UNKNOWN));
          }
        }
      }
    }
    return entries;
  }
}
