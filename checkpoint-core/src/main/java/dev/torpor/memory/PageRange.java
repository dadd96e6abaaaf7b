// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

/**
 * Consecutive pages whose content an image holds.
 *
 * @param start address of the first
 * @param pageCount how many
 * @param flags of the pagemap entry
 * @param readable whether the task itself may read them
 */
record PageRange(long start, long pageCount, int flags, boolean readable) {
  // criu/include/pagemap.h
  static final int PE_PARENT = 1;
  static final int PE_LAZY = 2;
  static final int PE_PRESENT = 4;

  long lengthBytes() {
    return pageCount * PAGE_SIZE;
  }

  /** The {@code count} pages behind the first {@code skipped}. */
  PageRange part(long skipped, long count) {
    return count == pageCount
        ? this
        : new PageRange(start + skipped * PAGE_SIZE, count, flags, readable);
  }
}
