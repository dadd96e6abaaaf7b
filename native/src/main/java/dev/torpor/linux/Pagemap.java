// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** ioctl(PAGEMAP_SCAN) of {@code /proc/pid/pagemap}. include/uapi/linux/fs.h, since Linux 6.7. */
public final class Pagemap {

  public static final long PAGEMAP_SCAN = 0xc0606610L;

  // Categories; SOFT_DIRTY since Linux 6.7 too, GUARD since 6.17.
  public static final long PAGE_IS_WPALLOWED = 0x1L;
  public static final long PAGE_IS_WRITTEN = 0x2L;
  public static final long PAGE_IS_FILE = 0x4L;
  public static final long PAGE_IS_PRESENT = 0x8L;
  public static final long PAGE_IS_SWAPPED = 0x10L;
  public static final long PAGE_IS_PFNZERO = 0x20L;
  public static final long PAGE_IS_HUGE = 0x40L;
  public static final long PAGE_IS_SOFT_DIRTY = 0x80L;
  public static final long PAGE_IS_GUARD = 0x100L;

  // Flags: write-protect what matched; refuse if a range is not in asynchronous write-protect mode.
  public static final long PM_SCAN_WP_MATCHING = 0x1L;
  public static final long PM_SCAN_CHECK_WPASYNC = 0x2L;

  private Pagemap() {}

  /**
   * One PAGEMAP_SCAN; not repeated after EINTR, because {@code walk_end} says how far it came.
   *
   * @param fd an open {@code /proc/pid/pagemap}
   * @param arg a {@link PmScanArg}
   * @return how many {@link PageRegion}s were stored
   */
  public static int scan(int fd, NativeMemory arg) {
    return Ioctl.ioctl(fd, PAGEMAP_SCAN, "PAGEMAP_SCAN", arg);
  }

  /** Offsets within {@code struct pm_scan_arg}. */
  public static final class PmScanArg {
    public static final int SIZEOF = 96;
    public static final int size = 0;
    public static final int flags = 8;
    public static final int start = 16;
    public static final int end = 24;
    public static final int walk_end = 32;
    public static final int vec = 40;
    public static final int vec_len = 48;
    public static final int max_pages = 56;
    public static final int category_inverted = 64;
    public static final int category_mask = 72;
    public static final int category_anyof_mask = 80;
    public static final int return_mask = 88;

    private PmScanArg() {}
  }

  /** Offsets within {@code struct page_region}. */
  public static final class PageRegion {
    public static final int SIZEOF = 24;
    public static final int start = 0;
    public static final int end = 8;
    public static final int categories = 16;

    private PageRegion() {}
  }
}
