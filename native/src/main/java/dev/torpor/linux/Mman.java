// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * Mappings of the JVM's own address space, and names for those of others.
 *
 * <p>Addresses are raw. What is mapped here and touched after its file shrank kills the JVM with
 * SIGBUS.
 */
public final class Mman {

  // include/uapi/asm-generic/mman-common.h.
  public static final int PROT_NONE = 0x0;
  public static final int PROT_READ = 0x1;
  public static final int PROT_WRITE = 0x2;
  public static final int PROT_EXEC = 0x4;
  public static final int PROT_GROWSDOWN = 0x1000000;
  public static final int PROT_GROWSUP = 0x2000000;

  // MAP_FIXED_NOREPLACE since Linux 4.17, MAP_DROPPABLE since 6.11; MAP_32BIT is x86's.
  public static final int MAP_SHARED = 0x1;
  public static final int MAP_PRIVATE = 0x2;
  public static final int MAP_SHARED_VALIDATE = 0x3;
  public static final int MAP_DROPPABLE = 0x8;
  public static final int MAP_TYPE = 0xf;
  public static final int MAP_FIXED = 0x10;
  public static final int MAP_ANONYMOUS = 0x20;
  public static final int MAP_32BIT = 0x40;
  public static final int MAP_GROWSDOWN = 0x100;
  public static final int MAP_DENYWRITE = 0x800;
  public static final int MAP_LOCKED = 0x2000;
  public static final int MAP_NORESERVE = 0x4000;
  public static final int MAP_POPULATE = 0x8000;
  public static final int MAP_NONBLOCK = 0x10000;
  public static final int MAP_STACK = 0x20000;
  public static final int MAP_HUGETLB = 0x40000;
  public static final int MAP_SYNC = 0x80000;
  public static final int MAP_FIXED_NOREPLACE = 0x100000;
  public static final int MAP_HUGE_SHIFT = 26;
  public static final int MAP_HUGE_MASK = 63;
  public static final int MREMAP_MAYMOVE = 1;
  public static final int MREMAP_FIXED = 2;
  public static final int MREMAP_DONTUNMAP = 4;
  public static final int MS_ASYNC = 1;
  public static final int MS_INVALIDATE = 2;
  public static final int MS_SYNC = 4;
  public static final int MCL_CURRENT = 1;
  public static final int MCL_FUTURE = 2;
  public static final int MCL_ONFAULT = 4;
  public static final int MLOCK_ONFAULT = 1;

  // MADV_COLD to PAGEOUT since Linux 5.4, POPULATE 5.14, COLLAPSE 6.1, GUARD 6.13.
  public static final int MADV_NORMAL = 0;
  public static final int MADV_RANDOM = 1;
  public static final int MADV_SEQUENTIAL = 2;
  public static final int MADV_WILLNEED = 3;
  public static final int MADV_DONTNEED = 4;
  public static final int MADV_FREE = 8;
  public static final int MADV_REMOVE = 9;
  public static final int MADV_DONTFORK = 10;
  public static final int MADV_DOFORK = 11;
  public static final int MADV_HWPOISON = 100;
  public static final int MADV_MERGEABLE = 12;
  public static final int MADV_UNMERGEABLE = 13;
  public static final int MADV_HUGEPAGE = 14;
  public static final int MADV_NOHUGEPAGE = 15;
  public static final int MADV_DONTDUMP = 16;
  public static final int MADV_DODUMP = 17;
  public static final int MADV_WIPEONFORK = 18;
  public static final int MADV_KEEPONFORK = 19;
  public static final int MADV_COLD = 20;
  public static final int MADV_PAGEOUT = 21;
  public static final int MADV_POPULATE_READ = 22;
  public static final int MADV_POPULATE_WRITE = 23;
  public static final int MADV_DONTNEED_LOCKED = 24;
  public static final int MADV_COLLAPSE = 25;
  public static final int MADV_GUARD_INSTALL = 102;
  public static final int MADV_GUARD_REMOVE = 103;

  // Shadow stacks, arch/x86/include/uapi/asm/mman.h and prctl.h, since Linux 6.6.
  public static final int SHADOW_STACK_SET_TOKEN = 1;

  // The C library's sys/user.h: on x86-64 pages have this size and no other.
  public static final int PAGE_SIZE = 4096;

  private Mman() {}

  /**
   * mmap(2).
   *
   * @param address where to, 0 for anywhere
   * @param lengthBytes rounded up to whole pages by the kernel
   * @param fd -1 with {@link #MAP_ANONYMOUS}
   * @return the address
   */
  public static long mmap(
      long address, long lengthBytes, int prot, int flags, int fd, long offset) {
    long result = Syscall.raw(Nr.SYS_mmap, address, lengthBytes, prot, flags, fd, offset);
    if (Syscall.failed(result)) {
      throw ErrnoException.of(
          result, "mmap", address, lengthBytes, prot, Fcntl.hex(flags), fd, offset);
    }
    return result;
  }

  /** munmap(2). */
  public static void munmap(long address, long lengthBytes) {
    long result = Syscall.raw(Nr.SYS_munmap, address, lengthBytes);
    if (result < 0) {
      throw ErrnoException.of(result, "munmap", address, lengthBytes);
    }
  }

  /** mprotect(2). */
  public static void mprotect(long address, long lengthBytes, int prot) {
    long result = Syscall.raw(Nr.SYS_mprotect, address, lengthBytes, prot);
    if (result < 0) {
      throw ErrnoException.of(result, "mprotect", address, lengthBytes, prot);
    }
  }

  /** madvise(2); {@code advice} is MADV_*. */
  public static void madvise(long address, long lengthBytes, int advice) {
    long result = Syscall.raw(Nr.SYS_madvise, address, lengthBytes, advice);
    if (result < 0) {
      throw ErrnoException.of(result, "madvise", address, lengthBytes, advice);
    }
  }

  /** process_madvise(2), since Linux 5.10; returns how many bytes were advised. */
  public static long processMadvise(int pidfd, long iovecs, int count, int advice) {
    long result = Syscall.raw(Nr.SYS_process_madvise, pidfd, iovecs, count, advice, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "process_madvise", pidfd, iovecs, count, advice);
    }
    return result;
  }

  /** mlock2(2); {@code flags} is 0 or {@link #MLOCK_ONFAULT}. */
  public static void mlock2(long address, long lengthBytes, int flags) {
    long result = Syscall.raw(Nr.SYS_mlock2, address, lengthBytes, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "mlock2", address, lengthBytes, flags);
    }
  }
}
