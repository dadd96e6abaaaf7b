#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18, Python 3.11.
#
# One would expect that a process that watches a symbolic link itself (inotify with IN_DONT_FOLLOW)
# comes back, or is refused. What happens: the dump succeeds and ends the
# process; the restore fails, every time, and says that it is unable to open (null). The kernel gives the
# handle of the link, which open_by_handle_at(2) opens with O_PATH alone.
#
# Why it matters: a checkpoint that no restore can use, found out when the process is gone. A watch is set on
# the link by its path in /proc/self/fd, if the link was opened with O_PATH and O_NOFOLLOW.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, os, sys, time

IN_ATTRIB, IN_DONT_FOLLOW = 0x4, 0x2000000
open("aim", "w").close()
os.symlink("aim", "link")
follow = IN_DONT_FOLLOW if sys.argv[1] == "link" else 0
assert ctypes.CDLL(None).inotify_add_watch(ctypes.CDLL(None).inotify_init1(0), b"link", IN_ATTRIB | follow) == 1
open("ready", "w").close()
time.sleep(1000)
PYTHON
for watched in aim link; do
  rm -rf aim link ready images
  start "$python" target.py "$watched"
  wait_for test -e ready
  dump || cannot "the dump failed"
  if restore 2>errors; then restored=yes; else restored=no; fi
  eval "$watched=\$restored"
done
expect "restored, a watch of what the link names" "$aim" yes
expect "restored, a watch of the link itself" "$link" no
expect "what the log says" "$(grep -o 'Unable to open (null)' errors)" "Unable to open (null)"
