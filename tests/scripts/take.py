#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""take.py NAME TYPE: has what only one can have, says "taken", and only sleeps then.

NAME is that of a terminal, /dev/pts/N, or a path or an abstract name of a Unix socket of this type."""

import os
import socket
import sys
import time

wanted = sys.argv[1]
if wanted.startswith("/dev/pts/"):
    held = [os.openpty()]
    while os.ttyname(held[-1][1]) != wanted:
        held.append(os.openpty())
else:
    s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
    if os.path.exists(wanted):
        os.unlink(wanted)
    s.bind(wanted if wanted.startswith("/") else "\0" + wanted)
print("taken", flush=True)
time.sleep(600)
