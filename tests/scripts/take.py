#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""take.py NAME: has what only one can have, says "taken", and only sleeps then.

NAME is that of a terminal, /dev/pts/N, or an abstract one of a Unix stream socket."""

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
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind("\0" + wanted)
print("taken", flush=True)
time.sleep(600)
