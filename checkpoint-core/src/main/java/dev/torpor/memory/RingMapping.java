// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.FILE_SHARED;
import static dev.torpor.memory.VmaStatus.IO_URING;
import static dev.torpor.memory.VmaStatus.REGULAR;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MappedFile;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/**
 * Memory of an io_uring. Only the descriptor of the ring leads to it, so {@link
 * dev.torpor.file.IoUringFile} maps it when descriptors have their numbers.
 */
public final class RingMapping implements MappingRoom {
  @Override
  public boolean recognises(Mapping mapping) {
    return mapping.name().equals("anon_inode:[io_uring]");
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    return entry.status() == (REGULAR | FILE_SHARED | IO_URING);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    if (!mapping.isShared()) {
      throw new UnsupportedException(
          mapping + " of task " + pid, "a private mapping of an io_uring is not carried");
    }
    MappedFile ring = files.mapped(pid, mapping, true);
    entry
        .setStatus(REGULAR | FILE_SHARED | ring.status())
        .setPgoff(mapping.offsetBytes())
        .setShmid(ring.id())
        .setFdflags(Fcntl.O_RDWR);
  }

  /** VM_MIXEDMAP: its pages are the kernel's own, put there one by one. */
  @Override
  public String kernelFlag() {
    return "mm";
  }

  @Override
  public void map(MappingPlan plan) {
    // Its file does, and nobody else may have the place until then.
    plan.mmap(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1);
  }
}
