#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect that a look (MSG_PEEK) changes nothing that a later look can tell, and that a walk through
# a queue by SO_PEEK_OFF shows every message.
# What happens: the first look at an empty message of a Unix datagram socket marks it as seen, by whomever. A
# walk by SO_PEEK_OFF skips empty messages that bear the mark; so two walks through the same queue show
# different messages. Reading gives all of them.
#
# Why it matters: empty datagrams have a meaning (an end, a wake-up). Who copies a queue by walking through it
# gets one message less whenever somebody has looked before: the program itself, or a copy that was made earlier.
# The count of messages must come from elsewhere.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >ask.py <<'PYTHON'
import socket

SO_PEEK_OFF = 42


def queue():
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for message in (b"", b"first", b"second"):
        a.send(message)
    b.setblocking(False)
    return a, b


def read(socket_, flags):
    messages = []
    try:
        while True:
            messages.append(socket_.recv(99, flags).decode())
    except BlockingIOError:
        return messages


def walk(socket_):
    socket_.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, 0)
    seen = read(socket_, socket.MSG_PEEK)
    socket_.setsockopt(socket.SOL_SOCKET, SO_PEEK_OFF, -1)
    return seen


a, b = queue()
print(walk(b), walk(b), read(b, 0))
PYTHON

"$python" ask.py >seen
expect "first walk, second walk, reading" "$(cat seen)" \
  "['', 'first', 'second'] ['first', 'second'] ['', 'first', 'second']"
