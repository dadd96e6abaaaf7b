#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""echo-client.py DIR ADDRESS PORT: sends to one echo.py without a pause, and compares what comes back.

Reported as programs/common.h describes it; a tick is 64 KiB that came back as they were sent."""

import os
import socket
import sys
import threading

BLOCK = 4096
PIECE = 1 << 16


def piece(number):
    return (b"%015d\n" % number) * (PIECE // 16)


def send(s):
    number = 0
    while True:
        s.sendall(piece(number))
        number += 1


def main():
    directory, address, port = sys.argv[1:]
    status = os.open(directory + "/status", os.O_RDWR | os.O_CREAT, 0o644)
    s = socket.create_connection((address, int(port)))
    threading.Thread(target=send, args=(s,), daemon=True).start()
    number = 0
    while True:
        got = s.recv(PIECE, socket.MSG_WAITALL)
        text = "tick=%d\n" % number
        if got != piece(number):
            text += "error=%d bytes came back that are not piece %d\n" % (len(got), number)
        os.pwrite(status, text.encode().ljust(BLOCK, b"\n"), 0)
        if got != piece(number):
            return
        number += 1


main()
