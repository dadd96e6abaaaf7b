// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/**
 * A ring of io_setup(2) in which nothing is under way: completions that nobody has taken are in it.
 * {@link AioRing} returns it; images have its content with the pages of its task.
 */
public final class AioMapping implements MappingRoom {
  @Override
  public boolean recognises(Mapping mapping) {
    return mapping.name().equals("/[aio] (deleted)") && mapping.isShared();
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    return entry.status() == VmaStatus.AIO_RING;
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    files.awaitRing(pid, mapping);
    entry.setStatus(VmaStatus.AIO_RING).setFdflags(Fcntl.O_RDWR);
  }

  @Override
  public Pages pages(Vma entry) {
    return Pages.ALL;
  }

  @Override
  public void map(MappingPlan plan) {
    // Nobody else may have the place until the ring is there.
    plan.mmap(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE, -1);
  }
}
