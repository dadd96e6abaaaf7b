#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18, Python 3.11.
#
# One would expect that a process which has left the session keyring of who started it, as runc, crun and systemd
# have every program do, is in one of its own after a restore, or is refused. What happens: the restored process is in the
# session keyring of whoever restores it, finds a key there by its name, and reads it. Nothing is said of it.
#
# Why it matters: what confined a program must not be less than before. The keyring is a matter of birth: a task joins one
# of the same name before it starts others. Which one a task is in only the task itself can ask (keyctl(2)).
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >keys.py <<'PYTHON'
import ctypes, os, sys, time

libc = ctypes.CDLL(None)
JOIN, DESCRIBE, SEARCH, READ, SESSION = 1, 6, 10, 11, -3


def keyctl(*arguments):
    return libc.syscall(250, *arguments)


def state():
    name, secret = ctypes.create_string_buffer(256), ctypes.create_string_buffer(256)
    keyctl(DESCRIBE, SESSION, name, 256)
    key = keyctl(SEARCH, SESSION, b"user", b"password", 0)
    length = keyctl(READ, key, secret, 256) if key > 0 else 0
    return name.value.decode().split(";")[-1] + ", the key: " + (secret.value[:length].decode() or "none")


if keyctl(JOIN, b"_ses." + sys.argv[1].encode()) < 0:
    sys.exit("no keyrings")
if sys.argv[1] == "restorer":
    libc.syscall(248, b"user", b"password", b"hunter2", 7, SESSION)
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    with open("state.new", "w") as file:
        file.write(state())
    os.rename("state.new", "state")
    time.sleep(0.05)
PYTHON
start "$python" keys.py program
wait_for test -e state
expect "before" "$(cat state)" "_ses.program, the key: none"
dump
rm state
"$python" keys.py restorer "$criu" restore -d -D images -o restore.log || cannot "the restore failed"
wait_for test -e state
expect "after a restore" "$(cat state)" "_ses.restorer, the key: hunter2"
expect "warnings of it" "$(grep -ci keyring images/dump.log images/restore.log | cut -d: -f2 | tr '\n' ' ')" "0 0 "
