#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect of the ioctl PAGEMAP_SCAN that walk_end is where the returned regions end, so that the next
# call goes on there: it is described as the address at which the walk ended.
# What happens: with more than 512 regions in one answer walk_end may lie hundreds of pages before the end of
# the last region. The kernel collects 512 regions at a time, and walk_end stays where the last full
# batch ended if the rest of the range fits: with every second page of 1200 in use and room for 1024
# regions all 600 are returned, up to page 1199, and walk_end says 1024. A second call from there returns
# 88 of them again. If at most 512 regions are found, walk_end is the end of the range.
#
# Why it matters: a dump that follows walk_end writes pages twice, and one that also clears written bits
# counts twice. Where the answer was full, the end of the last region is the right place to go on; where
# it was not, the range is done.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >scan.py <<'PYTHON'
import ctypes, fcntl, mmap, struct, sys

PAGEMAP_SCAN, PAGE_IS_PRESENT, PAGE, ROOM = 0xC0606610, 1 << 3, 4096, 1024
pages = int(sys.argv[1])
area = mmap.mmap(-1, pages * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
area.madvise(mmap.MADV_NOHUGEPAGE)
start = ctypes.addressof(ctypes.c_char.from_buffer(area))
for page in range(0, pages, 2):
    area[page * PAGE] = 1
vector = ctypes.create_string_buffer(ROOM * 24)


# Asks for present pages from a page on; regions, walk_end and end of the last region, in pages.
def scan(page):
    argument = bytearray(struct.pack(
        "12Q", 96, 0, start + page * PAGE, start + pages * PAGE, 0, ctypes.addressof(vector), ROOM, 0,
        0, PAGE_IS_PRESENT, 0, PAGE_IS_PRESENT))
    with open("/proc/self/pagemap", "rb") as pagemap:
        count = fcntl.ioctl(pagemap, PAGEMAP_SCAN, argument)
    walk_end, = struct.unpack_from("Q", argument, 32)
    _, last, _ = struct.unpack_from("3Q", vector, (count - 1) * 24)
    return count, (walk_end - start) // PAGE, (last - start) // PAGE


count, walk_end, last = scan(0)
print("%d regions up to page %d, walk_end %d" % (count, last, walk_end), end="")
if walk_end < pages:
    print("; from there %d regions again" % scan(walk_end)[0], end="")
print()
PYTHON

expect "every second page of 1000" "$("$python" scan.py 1000)" "500 regions up to page 999, walk_end 1000"
expect "every second page of 1200" "$("$python" scan.py 1200)" \
  "600 regions up to page 1199, walk_end 1024; from there 88 regions again"
