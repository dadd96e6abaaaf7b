#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect that a file that somebody has open for writing cannot be run: execve(2) says ETXTBSY.
# What happens: the descriptor that memfd_create(2) returns is open for writing and does not count: the memfd
# can be run beside it. A second descriptor of the same memfd, opened for writing by /proc/self/fd, does
# count: until it is closed execve fails with ETXTBSY. A file of O_TMPFILE counts from its first descriptor
# on.
#
# Why it matters: fdinfo shows the same flags for both descriptors of the memfd. To open one once more, for a
# look or in place of the first, is not neutral: its owner cannot run it any more. A restore must give the
# descriptor of memfd_create itself to whoever had that.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >run.py <<'PYTHON'
import errno, os


def filled(descriptor):
    with open("/bin/true", "rb") as program:
        os.write(descriptor, program.read())
    os.fchmod(descriptor, 0o700)
    return descriptor


def flags(descriptor):
    with open("/proc/self/fdinfo/%d" % descriptor) as fdinfo:
        return [line.split()[1] for line in fdinfo if line.startswith("flags:")][0]


# Runs it; what execve says.
def run(descriptor):
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.execve("/proc/self/fd/%d" % descriptor, ["true"], {})
        except OSError as error:
            os.write(tells, errno.errorcode[error.errno].encode())
        os._exit(1)
    os.close(tells)
    # Up to its end, which an execve makes too.
    said = os.read(told, 100).decode()
    os.close(told)
    _, status = os.waitpid(child, 0)
    return said or ("runs" if status == 0 else "fails")


first = filled(os.memfd_create("program"))
print(run(first))
second = os.open("/proc/self/fd/%d" % first, os.O_RDWR)
print(run(first), "same flags", flags(first) == flags(second))
os.close(second)
print(run(first))
print(run(filled(os.open(".", os.O_TMPFILE | os.O_RDWR))))
PYTHON

"$python" run.py >seen
expect "a memfd with the descriptor of memfd_create" "$(sed -n 1p seen)" runs
expect "and one that was opened for writing" "$(sed -n 2p seen)" "ETXTBSY same flags True"
expect "when that is closed" "$(sed -n 3p seen)" runs
expect "a file of O_TMPFILE with its only descriptor" "$(sed -n 4p seen)" ETXTBSY
