// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.ANON_PRIVATE;
import static dev.torpor.memory.VmaStatus.HEAP;
import static dev.torpor.memory.VmaStatus.REGULAR;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/** Memory of a task alone: heap, stacks, MAP_PRIVATE|MAP_ANONYMOUS, with a name or without. */
public final class AnonymousMapping implements MappingRoom {
  private static final String HEAP_NAME = "[heap]";

  @Override
  public boolean recognises(Mapping mapping) {
    String name = mapping.name();
    return !mapping.hasFile()
        && (name.isEmpty()
            || name.startsWith("[anon:")
            || name.equals(HEAP_NAME)
            || name.equals("[stack]"));
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    return (entry.status() & ~HEAP) == (REGULAR | ANON_PRIVATE);
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    int heap = mapping.name().equals(HEAP_NAME) ? HEAP : 0;
    entry.setFlags(entry.getFlags() | Mman.MAP_ANONYMOUS).setStatus(REGULAR | ANON_PRIVATE | heap);
  }

  /**
   * The kernel may empty memory that is MAP_DROPPABLE (since Linux 6.11) at any time, and so a
   * restore may. The C library has the state of its random numbers there, which two tasks that come
   * from the same images must not have in common.
   */
  @Override
  public Pages pages(Vma entry) {
    boolean droppable = (entry.flags() & Mman.MAP_TYPE) == Mman.MAP_DROPPABLE;
    return droppable ? Pages.NONE : Pages.OWN;
  }

  /**
   * Not what may have guard regions, whose marks in page tables are not ours to change; nor what
   * process_vm_readv(2) cannot read; nor stacks, which are small, and where questions are put.
   */
  @Override
  public boolean isCopiedLive(Mapping mapping) {
    return mapping.permissions().startsWith("rw")
        && !mapping.isShared()
        && !mapping.hasFlag(VmaEntries.GUARD_FLAG)
        && !mapping.hasFlag("gd")
        && !mapping.hasFlag("dp")
        && !mapping.hasFlag("ss");
  }

  /** The kernel may place guard pages around one that grows. */
  @Override
  public boolean isPlain(Vma entry) {
    return (entry.flags() & Mman.MAP_TYPE) == Mman.MAP_PRIVATE
        && (entry.flags() & Mman.MAP_GROWSDOWN) == 0;
  }
}
