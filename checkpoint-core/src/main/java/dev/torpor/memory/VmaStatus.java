// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.IoUringFile;

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
  static final int SYSVIPC = 1 << 10;
  static final int VVAR = 1 << 12;

  /** A ring of io_setup(2); such a mapping has no other bit. */
  static final int AIO_RING = 1 << 13;

  static final int MEMFD = 1 << 14;

  /** Memory of an io_uring; Torpor's own. */
  static final int IO_URING = IoUringFile.MAPPED_AS;

  /** An entry that is no mapping: what MADV_GUARD_INSTALL made of a part of some. */
  static final int GUARD = 1 << 16;

  private VmaStatus() {}
}
