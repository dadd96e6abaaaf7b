// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.FILE_PRIVATE;
import static dev.torpor.memory.VmaStatus.FILE_SHARED;
import static dev.torpor.memory.VmaStatus.MEMFD;
import static dev.torpor.memory.VmaStatus.REGULAR;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MappedFile;
import dev.torpor.image.ImageStore;
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
  public boolean recognises(Vma entry, ImageStore images) {
    int status = entry.status() & ~MEMFD;
    return status == (REGULAR | FILE_PRIVATE) || status == (REGULAR | FILE_SHARED);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    refuseSpecialFile(pid, mapping);
    refuseHugePages(pid, mapping);
    boolean writable = mapping.isShared() && mapping.hasFlag("mw");
    MappedFile file = files.mapped(pid, mapping, writable);
    entry
        .setStatus(REGULAR | (mapping.isShared() ? FILE_SHARED : FILE_PRIVATE) | file.status())
        .setPgoff(mapping.offsetBytes())
        .setShmid(file.id())
        .setFdflags(writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY);
  }

  private static void refuseSpecialFile(int pid, Mapping mapping) {
    if (!mapping.name().startsWith("/")) {
      throw new UnsupportedException(
          mapping + " of task " + pid, "a mapping of this kind of file is not carried");
    }
  }

  private static void refuseHugePages(int pid, Mapping mapping) {
    if (mapping.hasFlag("ht")) {
      throw new UnsupportedException(
          mapping + " of task " + pid,
          "memory of huge pages (MAP_HUGETLB, MFD_HUGETLB, hugetlbfs) is not carried; let the"
              + " program use plain or transparent ones (MADV_HUGEPAGE)");
    }
  }

  @Override
  public Pages pages(Vma entry) {
    return (entry.status() & FILE_PRIVATE) != 0 ? Pages.OWN : Pages.NONE;
  }

  @Override
  public boolean isCode(Vma entry) {
    return (entry.status() & FILE_PRIVATE) != 0
        && (entry.prot() & Mman.PROT_EXEC) != 0
        && (entry.prot() & Mman.PROT_WRITE) == 0;
  }

  @Override
  public int file(Vma entry) {
    return (int) entry.shmid();
  }
}
