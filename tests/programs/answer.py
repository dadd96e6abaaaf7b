#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""answer.py FD [accept]: answers lines on a connection at FD, each with its pid before it.

With "accept" it accepts one there, and prints the port first. It goes on to look whether there is one:
somebody may take it away, or bring it."""

import os
import socket
import sys
import time


def main():
    number = int(sys.argv[1])
    if len(sys.argv) > 2:
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        accepted, _ = listener.accept()
        os.dup2(accepted.fileno(), number)
        accepted.close()
    while True:
        try:
            os.fstat(number)
        except OSError:
            time.sleep(0.01)
            continue
        connection = socket.socket(fileno=number)
        connection.setblocking(False)
        try:
            line = connection.recv(1000)
            if not line:
                return
            connection.sendall(b"%d %s" % (os.getpid(), line))
        except OSError:
            time.sleep(0.01)
        connection.detach()


main()
