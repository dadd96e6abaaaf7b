#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid).
#
# One would expect that either all that says how a process is scheduled comes back or none of it.
# What happens: policy, priority and nice come back; CPU affinity, I/O priority, timer slack and the
# filter of core dumps are those of whoever calls CRIU. Neither log has a word about it.
#
# Why it matters: a program that pinned itself to one processor, and everything that it starts later,
# runs on all of them, and one that was told to stay behind with its I/O does not. All four can be read
# from outside the process or asked from inside, so a checkpointer can carry them.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference
[ "$(nproc)" -gt 1 ] || cannot "an affinity needs a second processor"

cat >target.py <<'PYTHON'
import ctypes, os, time

PR_SET_TIMERSLACK, PR_GET_TIMERSLACK = 29, 30
SYS_IOPRIO_SET, SYS_IOPRIO_GET, IOPRIO_WHO_PROCESS, IDLE = 251, 252, 1, 3 << 13
libc = ctypes.CDLL(None)
first = min(os.sched_getaffinity(0))
os.sched_setaffinity(0, {first})
os.nice(5)
os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
libc.prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0)
libc.syscall(SYS_IOPRIO_SET, IOPRIO_WHO_PROCESS, 0, IDLE)
with open("/proc/self/coredump_filter", "w") as file:
    file.write("0x7f")
while True:
    with open("/proc/self/coredump_filter") as file:
        dumped = int(file.read(), 16)
    with open("seen.new", "w") as seen:
        print("kept: nice %d batch %s" % (os.nice(0), os.sched_getscheduler(0) == os.SCHED_BATCH), file=seen)
        print("lost: pinned %s slack %s idle I/O %s core filter %s" % (
            os.sched_getaffinity(0) == {first},
            libc.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 123456,
            libc.syscall(SYS_IOPRIO_GET, IOPRIO_WHO_PROCESS, 0) == IDLE,
            dumped == 0x7F), file=seen)
    os.rename("seen.new", "seen")
    time.sleep(0.1)
PYTHON

seen() {
  rm -f seen
  wait_for test -e seen
  grep "^$1:" seen
}

start "$python" target.py
expect "before" "$(seen kept)" "kept: nice 5 batch True"
expect "before" "$(seen lost)" "lost: pinned True slack True idle I/O True core filter True"
dump
restore
expect "restored" "$(seen kept)" "kept: nice 5 batch True"
expect "restored" "$(seen lost)" "lost: pinned False slack False idle I/O False core filter False"
expect "mentions in both logs" "$(cat images/*.log | grep -ciE 'affinity|ioprio|slack|coredump_filter' || true)" 0
