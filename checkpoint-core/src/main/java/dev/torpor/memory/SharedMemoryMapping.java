// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.ANON_SHARED;
import static dev.torpor.memory.VmaStatus.FILE_SHARED;
import static dev.torpor.memory.VmaStatus.MEMFD;
import static dev.torpor.memory.VmaStatus.REGULAR;

import dev.torpor.file.SharedMemory;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;
import java.util.EnumSet;
import java.util.Set;

/**
 * Shared anonymous memory (MAP_SHARED|MAP_ANONYMOUS). {@link SharedAreas} returns the memory. In
 * images it is a memfd since CRIU 4.0 on kernels that show it so, before by itself.
 */
public final class SharedMemoryMapping implements MappingRoom {
  private static final String NAME = "/dev/zero (deleted)";
  private static final int AS_MEMFD = REGULAR | FILE_SHARED | MEMFD;

  @Override
  public Set<ImageType> images() {
    return EnumSet.of(ImageType.MEMFD_INODE, ImageType.SHMEM_PAGEMAP);
  }

  @Override
  public boolean recognises(Mapping mapping) {
    return mapping.name().equals(NAME);
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    int status = entry.status();
    return status == (REGULAR | ANON_SHARED)
        || (status == AS_MEMFD && SharedMemory.find(images, (int) entry.shmid()) != null);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    entry
        .setStatus(AS_MEMFD)
        .setPgoff(mapping.offsetBytes())
        .setShmid(files.sharedMemory(pid, mapping))
        .setFdflags(Fcntl.O_RDWR);
  }

  @Override
  public long sharedMemory(Vma entry, ImageStore images) {
    if (entry.status() != AS_MEMFD) {
      return entry.shmid();
    }
    return Integer.toUnsignedLong(SharedMemory.find(images, (int) entry.shmid()).getShmid());
  }

  @Override
  public void map(MappingPlan plan) {
    plan.mmap(Mman.MAP_SHARED, plan.sharedArea());
  }
}
