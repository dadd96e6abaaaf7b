// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#ifndef PAGEMAP_SCAN // not in the 6.1 headers: since Linux 6.7
struct page_region { __u64 start, end, categories; };
struct pm_scan_arg { __u64 size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask, category_anyof_mask, return_mask; };
#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_WPALLOWED (1 << 0)
#define PAGE_IS_WRITTEN (1 << 1)
#define PAGE_IS_FILE (1 << 2)
#define PAGE_IS_PRESENT (1 << 3)
#define PAGE_IS_SWAPPED (1 << 4)
#define PAGE_IS_PFNZERO (1 << 5)
#define PAGE_IS_HUGE (1 << 6)
#define PAGE_IS_SOFT_DIRTY (1 << 7)
#define PM_SCAN_WP_MATCHING (1 << 0)
#define PM_SCAN_CHECK_WPASYNC (1 << 1)
#endif
#ifndef PAGE_IS_GUARD
#define PAGE_IS_GUARD (1<<8) // not in the 6.1 headers: since Linux 6.17
#endif

#include "layout.h"

CONST(Pagemap, PAGEMAP_SCAN)
CONST(Pagemap, PAGE_IS_WPALLOWED)
CONST(Pagemap, PAGE_IS_WRITTEN)
CONST(Pagemap, PAGE_IS_FILE)
CONST(Pagemap, PAGE_IS_PRESENT)
CONST(Pagemap, PAGE_IS_SWAPPED)
CONST(Pagemap, PAGE_IS_PFNZERO)
CONST(Pagemap, PAGE_IS_HUGE)
CONST(Pagemap, PAGE_IS_SOFT_DIRTY)
CONST(Pagemap, PAGE_IS_GUARD)
CONST(Pagemap, PM_SCAN_WP_MATCHING)
CONST(Pagemap, PM_SCAN_CHECK_WPASYNC)

SIZE(Pagemap, PmScanArg, struct pm_scan_arg)
FIELD(Pagemap, PmScanArg, size, struct pm_scan_arg, size)
FIELD(Pagemap, PmScanArg, flags, struct pm_scan_arg, flags)
FIELD(Pagemap, PmScanArg, start, struct pm_scan_arg, start)
FIELD(Pagemap, PmScanArg, end, struct pm_scan_arg, end)
FIELD(Pagemap, PmScanArg, walk_end, struct pm_scan_arg, walk_end)
FIELD(Pagemap, PmScanArg, vec, struct pm_scan_arg, vec)
FIELD(Pagemap, PmScanArg, vec_len, struct pm_scan_arg, vec_len)
FIELD(Pagemap, PmScanArg, max_pages, struct pm_scan_arg, max_pages)
FIELD(Pagemap, PmScanArg, category_inverted, struct pm_scan_arg, category_inverted)
FIELD(Pagemap, PmScanArg, category_mask, struct pm_scan_arg, category_mask)
FIELD(Pagemap, PmScanArg, category_anyof_mask, struct pm_scan_arg, category_anyof_mask)
FIELD(Pagemap, PmScanArg, return_mask, struct pm_scan_arg, return_mask)

SIZE(Pagemap, PageRegion, struct page_region)
FIELD(Pagemap, PageRegion, start, struct page_region, start)
FIELD(Pagemap, PageRegion, end, struct page_region, end)
FIELD(Pagemap, PageRegion, categories, struct page_region, categories)
