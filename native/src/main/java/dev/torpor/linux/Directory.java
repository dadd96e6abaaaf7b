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

  /** All names but "." and "..", in the order of the file system. Reads from the start. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    Unistd.lseek(fd, 0, Unistd.SEEK_SET);
    try (NativeMemory buffer = NativeMemory.allocate(BUFFER_BYTES)) {
      int length;
      while ((length = Unistd.getdents64(fd, buffer)) > 0) {
        for (int at = 0; at < length; at += buffer.getUnsignedShort(at + LinuxDirent64.d_reclen)) {
          String name = buffer.getString(at + LinuxDirent64.d_name);
          if (!name.equals(".") && !name.equals("..")) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }
}
