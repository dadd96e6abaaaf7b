#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, Python 3.11.
#
# One would expect each write to a pipe in packet mode (O_DIRECT) to be a packet, as pipe(7) says.
# What happens: if the last write was made without O_DIRECT and its page has room, the packet is added to that
# page and becomes part of the stream. If there is no room, or the page was copied by tee(2), it is a packet.
#
# Why it matters: who writes again what waited in a pipe, stream first and packet behind it, does not get what
# there was; the stream must go into the pipe in another way.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >target.py <<'PYTHON'
import ctypes, fcntl, os

def reads(fd):
    taken = []
    while True:
        try:
            taken.append(len(os.read(fd, 100000)))
        except BlockingIOError:
            return " ".join(map(str, taken))

def packet_behind(stream):
    reader, writer = os.pipe2(os.O_NONBLOCK)
    stream(writer)
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK | os.O_DIRECT)
    os.write(writer, b"packet")
    fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
    os.write(writer, b"behind")
    return reads(reader)

def copied(writer):
    one, other = os.pipe()
    os.write(other, b"stream")
    ctypes.CDLL(None).tee(one, writer, 6, 0)

print(packet_behind(lambda writer: os.write(writer, b"stream")), end=", ")
print(packet_behind(lambda writer: os.write(writer, b"s" * 4096)), end=", ")
print(packet_behind(copied))
PYTHON
# A read ends with a packet, and what is behind it takes another.
expect "reads behind 6 bytes, a whole page, 6 copied bytes" "$("$python" target.py)" "18, 4102 6, 12 6"
