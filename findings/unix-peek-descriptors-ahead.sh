#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect that a look at a Unix stream (MSG_PEEK) shows with so many bytes the descriptors that
# reading as many would give.
# What happens: descriptors come with bytes that were sent before theirs, however few are looked at, while
# reading gives them with their own bytes. Looked at again they come again, and each look makes new ones.
#
# Why it matters: who copies a queue by looking cannot tell from the descriptors with which bytes they were
# sent. What does tell is a buffer whose last byte cannot be written: the look ends before the part of the
# queue that does not fit.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >ask.py <<'PYTHON'
import socket

a, b = socket.socketpair()
a.send(b"before")
socket.send_fds(a, [b"with"], [0, 1])


def descriptors(count, flags):
    data, control, _, _ = b.recvmsg(count, 99, flags)
    return "%s: %d" % (data.decode(), sum(len(rights) // 4 for _, _, rights in control))


print(descriptors(3, socket.MSG_PEEK), descriptors(6, socket.MSG_PEEK), sep=", ")
print(descriptors(3, 0), descriptors(3, 0), descriptors(4, 0), sep=", ")
PYTHON

"$python" ask.py >seen
expect "looked at" "$(sed -n 1p seen)" "bef: 2, before: 2"
expect "read" "$(sed -n 2p seen)" "bef: 0, ore: 0, with: 2"
