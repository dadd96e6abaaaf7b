#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""echo.py DIR ADDRESS: sends back what its clients send, in both directions at once.

Reported as programs/common.h describes it; the state is the port."""

import os
import select
import socket
import sys

BLOCK = 4096
PIECE = 1 << 16
MOST = 1 << 20


def serve(listener, queues):
    readers = [listener] + [s for s, q in queues.items() if len(q) < MOST]
    writers = [s for s, q in queues.items() if q]
    readable, writable, _ = select.select(readers, writers, [], 0.02)
    for s in readable:
        if s is listener:
            client, _ = s.accept()
            client.setblocking(False)
            queues[client] = bytearray()
            continue
        data = s.recv(PIECE)
        queues[s] += data
        if not data:
            queues.pop(s)
            s.close()
    for s in writable:
        if s in queues:
            del queues[s][: s.send(queues[s])]


def main():
    directory, address = sys.argv[1:]
    status = os.open(directory + "/status", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(status, BLOCK)
    listener = socket.create_server((address, 0))
    queues = {}
    tick = 0
    while True:
        tick += 1
        text = "tick=%d\nstate=%d\n" % (tick, listener.getsockname()[1])
        os.pwrite(status, text.encode().ljust(BLOCK, b"\n"), 0)
        serve(listener, queues)


main()
