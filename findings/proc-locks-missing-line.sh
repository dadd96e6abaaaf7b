#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect that a lock that is held from before /proc/locks is opened until after its end has been
# read is listed, once.
# What happens: if another lock, of another file, is let go between two reads, one that is held all the time
# may be missing, and if another is taken one may be listed twice. A read returns a page at most, however
# large the buffer, so with about seventy locks on the machine there are two reads; the second goes on at
# the number of the line where the first has stopped, and each processor's list has the newest lock first.
#
# Why it matters: who looks there for the locks of a process, or for whoever holds a file, may take a lock
# for free that never was. That a lock is not listed proves nothing on a busy machine; F_GETLK, or the
# fdinfo of the holder, does not depend on what others do.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >locks.py <<'PYTHON'
import collections, fcntl, os

LOCKS = 200
# Each processor has a list of its own.
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
files = [open("file%d" % number, "w") for number in range(LOCKS + 1)]
inodes = [os.fstat(file.fileno()).st_ino for file in files]


# How often each of ours is in the lines.
def count(text):
    lines = [line.split() for line in text.decode().splitlines()]
    found = collections.Counter(int(line[-3].split(":")[2]) for line in lines if str(os.getpid()) in line)
    return [found[inode] for inode in inodes]


# Reads all of it, and does something after the first read.
def read(between):
    locks = os.open("/proc/locks", os.O_RDONLY)
    text = os.read(locks, 1 << 20)
    first = len(text)
    between()
    while more := os.read(locks, 1 << 20):
        text += more
    os.close(locks)
    return first, count(text)


def show(between):
    first, counts = read(between)
    held = counts[:LOCKS - 1]
    print("a page at most" if first <= 4096 else "more", "missing", held.count(0), "twice", held.count(2))


for file in files[:LOCKS]:
    fcntl.lockf(file, fcntl.LOCK_EX)
show(lambda: None)
show(lambda: fcntl.lockf(files[LOCKS - 1], fcntl.LOCK_UN))
show(lambda: fcntl.lockf(files[LOCKS], fcntl.LOCK_EX))
PYTHON

"$python" locks.py >seen
expect "199 locks that are held, nothing in between" "$(sed -n 1p seen)" "a page at most missing 0 twice 0"
expect "199 locks that are held, another let go" "$(sed -n 2p seen)" "a page at most missing 1 twice 0"
expect "199 locks that are held, another taken" "$(sed -n 3p seen)" "a page at most missing 0 twice 1"
