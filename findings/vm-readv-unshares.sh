#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect of process_vm_readv(2) what its name says: it reads the memory of another task, and the
# task is as it was. /proc/PID/mem, which gives the same bytes, does so.
# What happens: each anonymous page that the task shares with its parent since a fork is copied first, for
# the page that is read is to be pinned. Of two tasks that share 64 MiB, one that is read whole by this call
# has 64 MiB of its own afterwards, and both together twice as much as before. Reading by /proc/PID/mem
# leaves both as they were.
#
# Why it matters: who copies the memory of a tree of workers that is to run on (a checkpoint of a prefork
# server, a debugger, a scanner) makes it as many times larger as it has workers, and waits for the copies.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >look.py <<'PYTHON'
import ctypes, os, signal, sys

MIB = 64
MADV_NOHUGEPAGE = 15
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.process_vm_readv.restype = ctypes.c_ssize_t


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


# What a task has of the area alone, in MiB.
def alone(pid, address):
    inside, kib = False, 0
    for line in open("/proc/%d/smaps" % pid):
        if "-" in line.split()[0]:
            inside = int(line.split("-")[0], 16) <= address < int(line.split()[0].split("-")[1], 16)
        elif inside and line.startswith("Private_"):
            kib += int(line.split()[1])
    return kib // 1024


def by_call(pid, address, length):
    here = ctypes.create_string_buffer(1 << 20)
    for done in range(0, length, len(here)):
        mine, theirs = Iovec(ctypes.addressof(here), len(here)), Iovec(address + done, len(here))
        if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) != len(here):
            sys.exit("process_vm_readv: " + os.strerror(ctypes.get_errno()))


def by_file(pid, address, length):
    with open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for done in range(0, length, 1 << 20):
            os.pread(memory.fileno(), 1 << 20, address + done)


def shared_with_child(read):
    length = MIB << 20
    # PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS
    address = libc.mmap(None, ctypes.c_size_t(length), 3, 0x22, -1, ctypes.c_size_t(0))
    libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(length), MADV_NOHUGEPAGE)
    ctypes.memset(address, 1, length)
    child = os.fork()
    if child == 0:
        signal.pause()
    before = alone(child, address)
    read(child, address, length)
    after = alone(child, address)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "%d MiB of its own, then %d" % (before, after)


print(shared_with_child(by_file))
print(shared_with_child(by_call))
PYTHON

"$python" look.py >seen
expect "a child read by /proc/PID/mem" "$(sed -n 1p seen)" "0 MiB of its own, then 0"
expect "a child read by process_vm_readv" "$(sed -n 2p seen)" "0 MiB of its own, then 64"
