# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal, types a line once the command has sized it, waits for the echo and ends.

type.py LINE ROWS COLUMNS COMMAND [ARGUMENT...]
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LONGEST_SECONDS = 20


def main():
    line, rows, columns, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    pid, master = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execv(command[0], command)
    seen = b""
    wanted = b"%s, %d %d" % (line.encode(), rows, columns)
    end = time.monotonic() + LONGEST_SECONDS
    next_try = 0
    while wanted not in seen:
        now = time.monotonic()
        if now > end:
            sys.exit("no answer to %r, but %r" % (line, seen))
        # The attached side is raw once the client listens: what is typed before is not passed on.
        raw = not termios.tcgetattr(master)[3] & termios.ICANON
        if raw and now >= next_try:
            os.write(master, line.encode() + b"\r")
            next_try = now + 2
        if select.select([master], [], [], 0.1)[0]:
            try:
                seen += os.read(master, 4096)
            except OSError:
                sys.exit("the command ended after %r" % seen)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


main()
