// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.ANON_SHARED;
import static dev.torpor.memory.VmaStatus.REGULAR;
import static dev.torpor.memory.VmaStatus.SYSVIPC;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.SharedMemory;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/**
 * An attached segment of System V shared memory, or a part of one. The segments are objects of the
 * IPC namespace, whose room makes them again before a task has memory.
 */
public final class SysvMapping implements MappingRoom {
  private static final String NAME = "/SYSV";
  private static final int KEY_DIGITS = 8;
  private static final String DELETED = " (deleted)";

  /** A file of this name that was deleted is on a file system of its own. */
  @Override
  public boolean recognises(Mapping mapping) {
    String name = mapping.name();
    return name.startsWith(NAME)
        && name.length() == NAME.length() + KEY_DIGITS + DELETED.length()
        && name.endsWith(DELETED)
        && (mapping.hasFlag("ht") || isSharedMemory(mapping));
  }

  private static boolean isSharedMemory(Mapping mapping) {
    long device = SharedMemory.device();
    // As new_encode_dev of include/linux/kdev_t.h has them, and smaps prints them.
    long major = device >>> 8 & 0xfff;
    long minor = (device & 0xff) | (device >>> 12 & 0xfff00);
    String text = mapping.device();
    int colon = text.indexOf(':');
    return Long.parseLong(text, 0, colon, 16) == major
        && Long.parseLong(text, colon + 1, text.length(), 16) == minor;
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    return entry.status() == (REGULAR | ANON_SHARED | SYSVIPC);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    if (mapping.hasFlag("ht")) {
      throw new UnsupportedException(
          mapping + " of task " + pid,
          "System V shared memory of huge pages (SHM_HUGETLB) is not carried; use MAP_SHARED memory"
              + " or plain pages");
    }
    files.attached(pid, mapping);
    entry
        .setStatus(REGULAR | ANON_SHARED | SYSVIPC)
        .setFlags(entry.getFlags() | Mman.MAP_ANONYMOUS)
        .setPgoff(mapping.offsetBytes())
        .setShmid(mapping.inode())
        .setFdflags(mapping.hasFlag("mw") ? Fcntl.O_RDWR : Fcntl.O_RDONLY);
  }

  @Override
  public void map(MappingPlan plan) {
    plan.attach();
  }
}
