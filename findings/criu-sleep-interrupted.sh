#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that a sleep goes on after a restore as it does after SIGSTOP and SIGCONT, where the
# kernel restarts the call by itself, with the time that is left.
# What happens: a thread that was dumped in nanosleep(2) gets EINTR at once after its restore, although
# no signal came and it has no handler for any. What the kernel remembers for the restart (its
# restart block) is not readable from outside and lost with the process.
#
# Why it matters: a program without handlers need not expect EINTR there and often takes it for "slept".
# Python's time.sleep() sleeps on by itself, so tests with that do not show it. A checkpointer that knows the
# call and its arguments can let the thread make it again with the time that is left.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, errno, time

class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

libc = ctypes.CDLL(None, use_errno=True)
while True:
    begin = time.monotonic()
    result = libc.nanosleep(ctypes.byref(Timespec(4, 0)), None)
    with open("sleeps", "a") as sleeps:
        reason = "done" if result == 0 else errno.errorcode[ctypes.get_errno()]
        print(reason, "whole" if time.monotonic() - begin >= 3.9 else "short", file=sleeps)
PYTHON

# Is it asleep, as the kernel says where?
asleep() {
  [ "$(cut -d ' ' -f 1 "/proc/$pid/syscall")" = 230 ] || [ "$(cut -d ' ' -f 1 "/proc/$pid/syscall")" = 35 ]
}

start "$python" target.py
wait_for asleep
kill -STOP "$pid"
kill -CONT "$pid"
wait_for test -s sleeps
expect "a sleep with SIGSTOP and SIGCONT in it" "$(cat sleeps)" "done whole"
rm sleeps
wait_for asleep
dump
restore
wait_for test -s sleeps
expect "a sleep with dump and restore in it" "$(head -1 sleeps)" "EINTR short"
