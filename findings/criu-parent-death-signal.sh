#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that a process which asked for a signal at its parent's death (PR_SET_PDEATHSIG), and whose
# parent lives on, hears nothing of a checkpoint.
# What happens: the signal is set again while the process is still a child of the restorer; when that
# ends (--restore-detached), the kernel sends it. A process with the default action for it dies right after
# a restore that was reported as good.
#
# Why it matters: supervisors, language runtimes and test harnesses set it for what they start; with --shell-job
# or as the root of a tree of a container such a process is the first of the tree. Who restores must set it
# last, from inside, when the parent is the one that stays.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, signal, time

PR_SET_PDEATHSIG = 1


def heard(number, frame):
    with open("heard", "a") as file:
        print(signal.Signals(number).name, file=file)


signal.signal(signal.SIGUSR1, heard)
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGUSR1))
while True:
    with open("ticks", "a") as file:
        print("tick", file=file)
    time.sleep(0.05)
PYTHON

# It goes to whoever collects orphans, before it asks for the signal.
start "$python" target.py
wait_for test -s ticks
dump
rm -f ticks heard
restore
wait_for test -s ticks
wait_for test -s heard
expect "what the process hears at its restore" "$(cat heard)" "SIGUSR1"
