#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect of an mlock(2) that fails with ENOMEM, because a part of the range is not mapped, that it
# has locked nothing: the call has an error, and munlock(2) of what was never locked is nobody's duty.
# What happens: all that is mapped in front of the hole is locked and stays so. It counts in VmLck, it is
# there as a mapping of its own with the flag "lo", and its pages are brought in or not depending on the
# call: mlock leaves them out after the error, so locked pages are missing, which mlock promises never to be.
#
# Why it matters: whoever looks at a program finds locked memory without pages. It looks as if it had asked
# for locking on fault (mlock2(2) with MLOCK_ONFAULT), from which nothing tells it apart.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >lock.py <<'PYTHON'
import ctypes, errno

PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def call(function, *arguments):
    return 0 if function(*(ctypes.c_size_t(argument) for argument in arguments)) == 0 else ctypes.get_errno()


# Rss and VmFlags of the mapping that begins there.
def mapping(address):
    lines, found = {}, False
    for line in open("/proc/self/smaps"):
        words = line.split()
        if "-" in words[0]:
            found = int(line.split("-")[0], 16) == address
        elif found:
            lines[words[0]] = words[1:]
    return int(lines["Rss:"][0]) // 4, "lo" in lines["VmFlags:"]


def locked_kib():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmLck:"))


# Three pages, a hole, three pages.
address = libc.mmap(None, ctypes.c_size_t(7 * PAGE), 3, 0x22, -1, ctypes.c_size_t(0))
call(libc.munmap, address + 3 * PAGE, PAGE)
print(errno.errorcode.get(call(libc.mlock, address, 7 * PAGE)))
print("VmLck %d kB" % locked_kib())
print("%d pages there, locked: %s" % mapping(address))
print("%d pages there, locked: %s" % mapping(address + 4 * PAGE))
PYTHON

"$python" lock.py >seen
expect "mlock over a hole" "$(sed -n 1p seen)" "ENOMEM"
expect "locked afterwards" "$(sed -n 2p seen)" "VmLck 12 kB"
expect "in front of the hole" "$(sed -n 3p seen)" "0 pages there, locked: True"
expect "behind it" "$(sed -n 4p seen)" "0 pages there, locked: False"
