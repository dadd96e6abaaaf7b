// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.FILE_PRIVATE;
import static dev.torpor.memory.VmaStatus.FILE_SHARED;
import static dev.torpor.memory.VmaStatus.REGULAR;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/** A mapping of a file, private or shared. */
public final class FileMapping implements MappingRoom {
  @Override
  public boolean recognises(Mapping mapping) {
    return mapping.hasFile();
  }

  @Override
  public boolean recognises(vma_entry entry) {
    int status = entry.getStatus();
    return status == (REGULAR | FILE_PRIVATE) || status == (REGULAR | FILE_SHARED);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    refuseSpecialFile(pid, mapping, files);
    boolean writable = mapping.isShared() && mapping.hasFlag("mw");
    entry
        .setStatus(REGULAR | (mapping.isShared() ? FILE_SHARED : FILE_PRIVATE))
        .setPgoff(mapping.offsetBytes())
        .setShmid(files.mapped(pid, mapping, writable))
        .setFdflags(writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY);
  }

  /** The name of a file can end in what the kernel adds to that of a deleted one. */
  private static void refuseSpecialFile(int pid, Mapping mapping, MappedFiles files) {
    String name = mapping.name();
    boolean deleted = name.endsWith(" (deleted)") && !files.exists(pid, mapping);
    if (deleted || !name.startsWith("/")) {
      String why =
          name.startsWith("/SYSV")
              ? "System V shared memory is not carried yet"
              : name.startsWith("/memfd:")
                  ? "mapped memfds are not carried yet"
                  : deleted
                      ? "the mapped file was deleted; restart the program with the new file"
                      : "a mapping of this kind of file is not carried";
      throw new UnsupportedException(mapping + " of task " + pid, why);
    }
  }

  @Override
  public Pages pages(vma_entry entry) {
    return (entry.getStatus() & FILE_PRIVATE) != 0 ? Pages.OWN : Pages.NONE;
  }

  @Override
  public boolean isCode(vma_entry entry) {
    return (entry.getStatus() & FILE_PRIVATE) != 0
        && (entry.getProt() & Mman.PROT_EXEC) != 0
        && (entry.getProt() & Mman.PROT_WRITE) == 0;
  }

  @Override
  public int file(vma_entry entry) {
    return (int) entry.getShmid();
  }
}
