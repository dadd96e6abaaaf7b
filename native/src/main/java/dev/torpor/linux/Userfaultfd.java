// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** userfaultfd(2). Constants and layouts from include/uapi/linux/userfaultfd.h. */
public final class Userfaultfd {

  // WP_UNPOPULATED since Linux 6.4, POISON 6.6, WP_ASYNC 6.7, MOVE 6.8.
  public static final long UFFD_API = 0xaaL;
  public static final long UFFD_USER_MODE_ONLY = 0x1L;
  public static final long UFFD_FEATURE_PAGEFAULT_FLAG_WP = 0x1L;
  public static final long UFFD_FEATURE_EVENT_FORK = 0x2L;
  public static final long UFFD_FEATURE_EVENT_REMAP = 0x4L;
  public static final long UFFD_FEATURE_EVENT_REMOVE = 0x8L;
  public static final long UFFD_FEATURE_MISSING_HUGETLBFS = 0x10L;
  public static final long UFFD_FEATURE_MISSING_SHMEM = 0x20L;
  public static final long UFFD_FEATURE_EVENT_UNMAP = 0x40L;
  public static final long UFFD_FEATURE_SIGBUS = 0x80L;
  public static final long UFFD_FEATURE_THREAD_ID = 0x100L;
  public static final long UFFD_FEATURE_MINOR_HUGETLBFS = 0x200L;
  public static final long UFFD_FEATURE_MINOR_SHMEM = 0x400L;
  public static final long UFFD_FEATURE_EXACT_ADDRESS = 0x800L;
  public static final long UFFD_FEATURE_WP_HUGETLBFS_SHMEM = 0x1000L;
  public static final long UFFD_FEATURE_WP_UNPOPULATED = 0x2000L;
  public static final long UFFD_FEATURE_POISON = 0x4000L;
  public static final long UFFD_FEATURE_WP_ASYNC = 0x8000L;
  public static final long UFFD_FEATURE_MOVE = 0x10000L;
  public static final long UFFDIO_API = 0xc018aa3fL;
  public static final long UFFDIO_REGISTER = 0xc020aa00L;
  public static final long UFFDIO_UNREGISTER = 0x8010aa01L;
  public static final long UFFDIO_WAKE = 0x8010aa02L;
  public static final long UFFDIO_COPY = 0xc028aa03L;
  public static final long UFFDIO_ZEROPAGE = 0xc020aa04L;
  public static final long UFFDIO_WRITEPROTECT = 0xc018aa06L;
  public static final long UFFDIO_CONTINUE = 0xc020aa07L;
  public static final long UFFDIO_REGISTER_MODE_MISSING = 0x1L;
  public static final long UFFDIO_REGISTER_MODE_WP = 0x2L;
  public static final long UFFDIO_REGISTER_MODE_MINOR = 0x4L;
  public static final long UFFDIO_COPY_MODE_DONTWAKE = 0x1L;
  public static final long UFFDIO_COPY_MODE_WP = 0x2L;
  public static final long UFFDIO_WRITEPROTECT_MODE_WP = 0x1L;
  public static final long UFFDIO_WRITEPROTECT_MODE_DONTWAKE = 0x2L;
  public static final int UFFD_EVENT_PAGEFAULT = 18;
  public static final int UFFD_EVENT_FORK = 19;
  public static final int UFFD_EVENT_REMAP = 20;
  public static final int UFFD_EVENT_REMOVE = 21;
  public static final int UFFD_EVENT_UNMAP = 22;
  public static final int UFFD_PAGEFAULT_FLAG_WRITE = 1;
  public static final int UFFD_PAGEFAULT_FLAG_WP = 2;
  public static final int UFFD_PAGEFAULT_FLAG_MINOR = 4;

  private Userfaultfd() {}

  /** UFFDIO_API: the first call on a new descriptor, which says what it is to do. */
  public static void enable(int fd, long features) {
    NativeMemory api = Scratch.memory().putLong(UffdioApi.api, UFFD_API);
    api.putLong(UffdioApi.features, features).putLong(UffdioApi.ioctls, 0);
    Ioctl.ioctl(fd, UFFDIO_API, "UFFDIO_API", api);
  }

  /** UFFDIO_REGISTER of a range, which must be mapped. */
  public static void register(int fd, long start, long lengthBytes, long mode) {
    NativeMemory range = Scratch.memory().putLong(UffdioRange.start, start);
    range.putLong(UffdioRange.len, lengthBytes).putLong(UffdioRegister.mode, mode);
    Ioctl.ioctl(fd, UFFDIO_REGISTER, "UFFDIO_REGISTER", range.putLong(UffdioRegister.ioctls, 0));
  }

  /** UFFDIO_UNREGISTER of a range, which is not write-protected then. */
  public static void unregister(int fd, long start, long lengthBytes) {
    NativeMemory range = Scratch.memory().putLong(UffdioRange.start, start);
    Ioctl.ioctl(
        fd, UFFDIO_UNREGISTER, "UFFDIO_UNREGISTER", range.putLong(UffdioRange.len, lengthBytes));
  }

  /** Offsets within {@code struct uffd_msg}. */
  public static final class UffdMsg {
    public static final int SIZEOF = 32;
    public static final int event = 0;
    public static final int pagefault_flags = 8;
    public static final int pagefault_address = 16;
    public static final int fork_ufd = 8;
    public static final int remap_from = 8;
    public static final int remap_to = 16;
    public static final int remap_len = 24;
    public static final int remove_start = 8;
    public static final int remove_end = 16;

    private UffdMsg() {}
  }

  /** Offsets within {@code struct uffdio_api}. */
  public static final class UffdioApi {
    public static final int SIZEOF = 24;
    public static final int api = 0;
    public static final int features = 8;
    public static final int ioctls = 16;

    private UffdioApi() {}
  }

  /** Offsets within {@code struct uffdio_range}. */
  public static final class UffdioRange {
    public static final int SIZEOF = 16;
    public static final int start = 0;
    public static final int len = 8;

    private UffdioRange() {}
  }

  /** Offsets within {@code struct uffdio_register}. */
  public static final class UffdioRegister {
    public static final int SIZEOF = 32;
    public static final int range = 0;
    public static final int mode = 16;
    public static final int ioctls = 24;

    private UffdioRegister() {}
  }

  /** Offsets within {@code struct uffdio_copy}. */
  public static final class UffdioCopy {
    public static final int SIZEOF = 40;
    public static final int dst = 0;
    public static final int src = 8;
    public static final int len = 16;
    public static final int mode = 24;
    public static final int copy = 32;

    private UffdioCopy() {}
  }

  /** Offsets within {@code struct uffdio_zeropage}. */
  public static final class UffdioZeropage {
    public static final int SIZEOF = 32;
    public static final int range = 0;
    public static final int mode = 16;
    public static final int zeropage = 24;

    private UffdioZeropage() {}
  }

  /** Offsets within {@code struct uffdio_writeprotect}. */
  public static final class UffdioWriteprotect {
    public static final int SIZEOF = 24;
    public static final int range = 0;
    public static final int mode = 16;

    private UffdioWriteprotect() {}
  }
}
