#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, Python 3.11 of Debian 12.
#
# One would expect that the memory of an io_uring can be mapped at a given address, as all memory can.
# What happens: mmap(2) with MAP_FIXED, or with a mere hint, fails with EINVAL, and so does mremap(2) to
# a given address (io_uring_get_unmapped_area wants none). Only the kernel chooses. It can be made to
# choose right: every gap of the address space but the wanted one is filled with inaccessible memory
# first. That takes as many calls as there are gaps.
#
# Why it matters: a program keeps pointers into its rings, so a restore has to give them back where they
# were.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >place.py <<'PYTHON'
import ctypes, errno, mmap

MAP_FIXED, MAP_NORESERVE, MAP_FIXED_NOREPLACE = 0x10, 0x4000, 0x100000
MREMAP_MAYMOVE, MREMAP_FIXED = 1, 2
PAGE, END, FAILED = 4096, (1 << 47) - 4096, ctypes.c_void_p(-1).value
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + 3 * [ctypes.c_int] + [ctypes.c_long]
libc.mremap.argtypes = [ctypes.c_void_p] + 2 * [ctypes.c_size_t] + [ctypes.c_int, ctypes.c_void_p]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def outcome(address):
    if address == FAILED:
        return errno.errorcode[ctypes.get_errno()]
    return "there" if address == wanted else "elsewhere"


def ring_at(address, flags):
    flags |= mmap.MAP_SHARED
    return libc.mmap(address, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, flags, ring, 0)


def fill_gaps():
    low = 1 << 20
    with open("/proc/self/maps") as maps:
        ranges = [[int(end, 16) for end in line.split()[0].split("-")] for line in maps]
    for start, end in sorted(ranges + [[wanted, wanted + PAGE], [END, END]]):
        if low < start <= END:
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE
            libc.mmap(low, start - low, 0, flags, -1, 0)
            fillers.append((low, start - low))
        low = max(low, end)


ring = libc.syscall(425, 8, (ctypes.c_uint32 * 30)())
assert ring >= 0
# A page of nobody, far from all else.
anywhere = libc.mmap(None, 1 << 30, 0, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
wanted = anywhere + (1 << 29)
libc.munmap(anywhere, 1 << 30)
print("fixed:", outcome(ring_at(wanted, MAP_FIXED)))
print("hint:", outcome(ring_at(wanted, 0)))
chosen = ring_at(None, 0)
print("free:", outcome(chosen))
flags = MREMAP_MAYMOVE | MREMAP_FIXED
print("moved:", outcome(libc.mremap(chosen, PAGE, PAGE, flags, wanted)))
fillers = []
fill_gaps()
placed = ring_at(None, 0)
for filler in fillers:
    libc.munmap(*filler)
print("free, with one gap:", outcome(placed))
PYTHON

"$python" place.py >seen || cannot "no io_uring here: $(sysctl kernel.io_uring_disabled)"
seen() {
  sed -n "s/^$1: //p" seen
}
expect "mapped with MAP_FIXED" "$(seen fixed)" EINVAL
expect "mapped with a hint" "$(seen hint)" EINVAL
expect "mapped where the kernel likes" "$(seen free)" elsewhere
expect "moved by mremap" "$(seen moved)" EINVAL
expect "mapped where the kernel likes, with all other gaps filled" "$(seen 'free, with one gap')" there
