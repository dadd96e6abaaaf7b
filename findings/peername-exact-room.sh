#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect of getsockopt(SO_PEERNAME) what getsockopt(2) says of every option: the length is that of
# the buffer and comes back as that of the value. getpeername(2) does so.
# What happens: a buffer that is longer than the address is refused with EINVAL, even by one byte. One that
# is as long, or shorter, works; the shorter one gets the beginning and the length that was asked for, so
# nothing tells that more is missing. A sockaddr_storage of 128 bytes is refused for all three here: a
# Unix socket whose peer has a name, one whose peer has none, and TCP.
#
# Why it matters: who wants the peer's name by this option must know its length before. getpeername(2) has
# the same answer without the trap; EINVAL here does not mean that the option is unknown.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >ask.py <<'PYTHON'
import ctypes, errno, socket

SO_PEERNAME = 28
libc = ctypes.CDLL(None, use_errno=True)


def peer_name(end, room):
    try:
        return "%d bytes" % len(end.getsockopt(socket.SOL_SOCKET, SO_PEERNAME, room))
    except OSError as error:
        return errno.errorcode[error.errno]


# The length that getpeername says, of a buffer of this room.
def getpeername(end, room):
    buffer, length = ctypes.create_string_buffer(room), ctypes.c_uint(room)
    libc.getpeername(end.fileno(), buffer, ctypes.byref(length))
    return length.value


def show(end):
    length = getpeername(end, 128)
    rooms = length, length - 1, length + 1, 128
    print("getpeername %d" % length, *("%d: %s" % (room, peer_name(end, room)) for room in rooms), sep=", ")


listener = socket.socket(socket.AF_UNIX)
listener.bind("name")
listener.listen()
client = socket.socket(socket.AF_UNIX)
client.connect("name")
show(client)
show(socket.socketpair()[0])
server = socket.create_server(("127.0.0.1", 0))
show(socket.create_connection(server.getsockname()))
PYTHON

"$python" ask.py >seen
expect "a Unix socket with a name" "$(sed -n 1p seen)" \
  "getpeername 7, 7: 7 bytes, 6: 6 bytes, 8: EINVAL, 128: EINVAL"
expect "a Unix socket without" "$(sed -n 2p seen)" \
  "getpeername 2, 2: 2 bytes, 1: 1 bytes, 3: EINVAL, 128: EINVAL"
expect "TCP" "$(sed -n 3p seen)" \
  "getpeername 16, 16: 16 bytes, 15: 15 bytes, 17: EINVAL, 128: EINVAL"
