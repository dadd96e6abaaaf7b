#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that the objects of System V IPC come back as they were, or that the log says what does
# not. What happens, without a word: a message queue has the size that new ones have (msg_qbytes); a set of
# semaphores that was used comes back as never used (sem_otime 0); a segment that was marked for removal
# (IPC_RMID) stays; all belong to root as their creator.
#
# Why it matters: sem_otime is how programs wait for another one to set up a new set of semaphores (semop(2),
# W. R. Stevens): one that is started after the restore waits for ever. A segment that was to go with its
# last user is left behind. A queue that was made larger blocks its sender, one made smaller takes too much.
# The size of a queue is in the image; sem_otime can be made to be not 0 by two operations up and down again.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, os, struct, time

IPC_RMID, IPC_SET, IPC_STAT = 0, 1, 2
QBYTES, OTIME, MODE, CUID = 88, 48, 20, 12
SHM_DEST = 0o1000
libc = ctypes.CDLL(None)
libc.unshare(0x08000000)
libc.shmat.restype = ctypes.c_void_p


def status(control, *which):
    area = ctypes.create_string_buffer(256)
    control(*which, IPC_STAT, area)
    return area


def value(area, at, form="Q"):
    return struct.unpack_from(form, area, at)[0]


queue = libc.msgget(0, 0o600)
area = status(libc.msgctl, queue)
struct.pack_into("Q", area, QBYTES, 12000)
libc.msgctl(queue, IPC_SET, area)
semaphores = libc.semget(0, 1, 0o600)
libc.semop(semaphores, struct.pack("HhH", 0, 1, 0), 1)
os.seteuid(1234)
segment = libc.shmget(0, 4096, 0o600)
os.seteuid(0)
libc.shmat(segment, None, 0)
libc.shmctl(segment, IPC_RMID, None)


def look():
    memory = status(libc.shmctl, segment)
    return "qbytes %d, used %s, to be removed %s, creator %d" % (
        value(status(libc.msgctl, queue), QBYTES),
        value(status(libc.semctl, semaphores, 0), OTIME) != 0,
        value(memory, MODE, "I") & SHM_DEST != 0,
        value(memory, CUID, "I"))


while True:
    with open("seen.new", "w") as seen:
        print(look(), file=seen)
    os.rename("seen.new", "seen")
    time.sleep(0.05)
PYTHON

start "$python" target.py
wait_for test -e seen
expect "before" "$(cat seen)" "qbytes 12000, used True, to be removed True, creator 1234"
dump
rm -f seen
restore
wait_for test -e seen
expect "restored" "$(cat seen)" "qbytes 16384, used False, to be removed False, creator 0"
expect "mentions of it in both logs" "$(cat images/*.log | grep -ciE 'otime|qbytes|IPC_RMID' || true)" 0
