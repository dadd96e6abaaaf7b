#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# glibc 2.36 (Debian 12) and 2.43 (Debian sid), Linux 6.18.
#
# One would expect /proc/PID/maps to show the guard below a thread's stack, as it always did: a page
# without any permission (---p), a mapping of its own.
# What happens: since glibc 2.42, on Linux 6.13 or newer, it shows nothing. The guard is put into the stack's
# mapping with madvise(MADV_GUARD_INSTALL) and is no mapping; maps says "rw-p" for all of it. Only smaps
# has a flag ("gu" in VmFlags), which says that there are guards, not where; and reading such a page, even
# through /proc/PID/mem, fails as if nothing were mapped.
#
# Why it matters: this is every thread of every threaded program. Copying "what maps says" fails on that page
# or loses the guard, after which an overflowing stack runs into its neighbour. PAGEMAP_SCAN with
# PAGE_IS_GUARD tells where the guards are (bit 58 of pagemap too).
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import os, struct, threading

# What maps, smaps, mem and pagemap say of the mapping that the stack of a thread lies in.
def look():
    here = threading.get_native_id() and address()
    with open("/proc/self/smaps") as smaps:
        lines = smaps.read().splitlines()
    mappings = []
    for line in lines:
        head = line.split()[0]
        if not head.endswith(":"):
            low, high = (int(part, 16) for part in head.split("-"))
            mappings.append([low, high, line.split()[1], ""])
        elif head == "VmFlags:":
            mappings[-1][3] = line
    at = next(i for i, m in enumerate(mappings) if m[0] <= here < m[1])
    low, high, access, flags = mappings[at]
    below = mappings[at - 1]
    guard = below if below[1] == low and below[2] == "---p" else None
    with open("/proc/self/pagemap", "rb") as pagemap:
        pagemap.seek(low // 4096 * 8)
        entry, = struct.unpack("Q", pagemap.read(8))
    try:
        with open("/proc/self/mem", "rb", 0) as memory:
            memory.seek(low)
            memory.read(1)
        lowest = "readable"
    except OSError:
        lowest = "not readable"
    print("guard mapping %s, flag gu %s, lowest page %s, bit 58 %d" % (
        "yes" if guard else "no", "yes" if " gu" in flags else "no", lowest, entry >> 58 & 1))

def address():
    import ctypes
    stack = ctypes.create_string_buffer(64)
    libc = ctypes.CDLL(None)
    class Attributes(ctypes.Structure):
        _fields_ = [("bytes", ctypes.c_char * 64)]
    attributes, start, size = Attributes(), ctypes.c_void_p(), ctypes.c_size_t()
    libc.pthread_self.restype = ctypes.c_ulong
    libc.pthread_getattr_np(ctypes.c_ulong(libc.pthread_self()), ctypes.byref(attributes))
    libc.pthread_attr_getstack(ctypes.byref(attributes), ctypes.byref(start), ctypes.byref(size))
    return start.value + size.value - 1

thread = threading.Thread(target=look)
thread.start()
thread.join()
PYTHON

expect "thread of Debian 12's Python" "$("$python" target.py)" \
  "guard mapping yes, flag gu no, lowest page readable, bit 58 0"
expect "thread of Debian sid's Python" "$("$sid_python" target.py)" \
  "guard mapping no, flag gu yes, lowest page not readable, bit 58 1"
