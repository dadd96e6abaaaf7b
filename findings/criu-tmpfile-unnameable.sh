#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that a file of O_TMPFILE, which CRIU carries with its content, is the same after a restore.
# What happens: it cannot be given a name any more: linkat(2), which open(2) describes for that, fails with
# ENOENT. The kernel lets a file without a name have one only if it was opened with O_TMPFILE and has not
# had one yet; CRIU makes the file under a name and removes that. The flag is gone from fdinfo too.
# Nothing else tells the two apart, and the logs have no warning.
#
# Why it matters: to write first and give the name when all is there is what such a file is made for. After
# a restore the program fails at its last step, and the work is lost. The file is to be opened with O_TMPFILE
# again; and to give it a name for a moment, even from outside, uses up its only chance.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, errno, os, time

AT_FDCWD, AT_SYMLINK_FOLLOW = -100, 0x400
libc = ctypes.CDLL(None, use_errno=True)


def name():
    source = b"/proc/self/fd/%d" % file
    if libc.linkat(AT_FDCWD, source, AT_FDCWD, b"name", AT_SYMLINK_FOLLOW) != 0:
        return errno.errorcode[ctypes.get_errno()]
    os.unlink("name")
    return "named"


def state():
    deleted = os.readlink("/proc/self/fd/%d" % file).endswith(" (deleted)")
    return "%d links%s" % (os.fstat(file).st_nlink, ", deleted" if deleted else "")


def has_flag():
    with open("/proc/self/fdinfo/%d" % file) as fdinfo:
        flags = [int(line.split()[1], 8) for line in fdinfo if line.startswith("flags:")]
    return flags[0] & os.O_TMPFILE == os.O_TMPFILE


file = os.open(".", os.O_TMPFILE | os.O_RDWR)
os.write(file, b"content")
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.05)
with open("seen.new", "w") as seen:
    print(os.pread(file, 10, 0).decode(), state(), sep=", ", file=seen)
    print("flag", has_flag(), file=seen)
    print(name(), "then", name(), file=seen)
os.rename("seen.new", "seen")
PYTHON

# Starts it and does what is asked before it goes on.
run() {
  rm -f ready go seen
  start "$python" target.py
  wait_for test -e ready
  "$1"
  touch go
  wait_for test -e seen
}

dump_and_restore() {
  dump
  restore
}

run true
expect "the file" "$(sed -n 1p seen)" "content, 0 links, deleted"
expect "O_TMPFILE in fdinfo" "$(sed -n 2p seen)" "flag True"
expect "given a name, which is removed, and again" "$(sed -n 3p seen)" "named then ENOENT"
run dump_and_restore
expect "the file, restored" "$(sed -n 1p seen)" "content, 0 links, deleted"
expect "O_TMPFILE in fdinfo, restored" "$(sed -n 2p seen)" "flag False"
expect "given a name, restored" "$(sed -n 3p seen)" "ENOENT then ENOENT"
expect "warnings in both logs" "$(cat images/*.log | grep -c Warn || true)" 0
