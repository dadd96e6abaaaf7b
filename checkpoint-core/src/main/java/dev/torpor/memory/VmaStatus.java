// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Mman;

/** Bits of {@code vma_entry.status}: what kind of mapping it is; CRIU's criu/include/image.h. */
final class VmaStatus {
  static final int REGULAR = 1;
  static final int VSYSCALL = 1 << 2;
  static final int VDSO = 1 << 3;
  static final int HEAP = 1 << 5;
  static final int FILE_PRIVATE = 1 << 6;
  static final int FILE_SHARED = 1 << 7;
  static final int ANON_SHARED = 1 << 8;
  static final int ANON_PRIVATE = 1 << 9;
  static final int VVAR = 1 << 12;
  static final int MEMFD = 1 << 14;

  /** An entry that is no mapping: what MADV_GUARD_INSTALL made of a part of some. */
  static final int GUARD = 1 << 16;

  /** All that Torpor carries. */
  static final int CARRIED =
      REGULAR
          | VSYSCALL
          | VDSO
          | HEAP
          | FILE_PRIVATE
          | FILE_SHARED
          | ANON_SHARED
          | ANON_PRIVATE
          | VVAR
          | MEMFD;

  private VmaStatus() {}

  /** What the kernel maps by itself. */
  static boolean isOfKernel(vma_entry vma) {
    return (vma.getStatus() & (VDSO | VVAR | VSYSCALL)) != 0;
  }

  /** Whether a file is mapped that has to be opened. */
  static boolean isFile(vma_entry vma) {
    return (vma.getStatus() & (FILE_PRIVATE | FILE_SHARED)) != 0 && !isSharedAnonymous(vma);
  }

  /** Whether its own pages are such as the task itself has written; those of code are not. */
  static boolean isWrittenTo(vma_entry vma) {
    return hasOwnPages(vma) && !isCode(vma);
  }

  /**
   * Whether it is of a file's code, where only a debugger has pages that differ from the file's.
   */
  static boolean isCode(vma_entry vma) {
    return (vma.getStatus() & FILE_PRIVATE) != 0
        && (vma.getProt() & Mman.PROT_EXEC) != 0
        && (vma.getProt() & Mman.PROT_WRITE) == 0;
  }

  /**
   * Whether the kernel may empty it at any time, and so a restore may: MAP_DROPPABLE, since Linux
   * 6.11. The C library has the state of its random numbers there, which two tasks that come from
   * the same images must not have in common.
   */
  private static boolean isDroppable(vma_entry vma) {
    return (vma.getFlags() & Mman.MAP_TYPE) == Mman.MAP_DROPPABLE;
  }

  /** Whether pages of it may be the task's own. */
  static boolean hasOwnPages(vma_entry vma) {
    return (vma.getStatus() & (FILE_PRIVATE | ANON_PRIVATE)) != 0
        && !isOfKernel(vma)
        && !isDroppable(vma);
  }

  /**
   * Shared anonymous memory: a memfd since CRIU 4.0 on kernels that show it so, before by itself.
   */
  static boolean isSharedAnonymous(vma_entry vma) {
    return (vma.getStatus() & (ANON_SHARED | MEMFD)) != 0;
  }
}
