#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU and crit 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect `crit decode` to show each segment of System V shared memory. What happens: it shows the
# first alone. The content of segments once followed each in this image; today CRIU writes them with the pages
# (`in_pagemaps`), but crit still takes as many bytes behind an entry as its segment has, which are the other
# entries, and gives them as base64 text in a field `extra`. It ends with 0.
#
# Why it matters: who looks at an image by crit counts one segment where there are three, and may edit keys or
# owners of one alone. Whoever writes a decoder of its own must not take the size for one of the file.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, time

libc = ctypes.CDLL(None)
assert libc.unshare(0x08000000) == 0
for pages in (1, 2, 3):
    libc.shmget(0, pages * 4096, 0o1600)
open("ready", "w").close()
time.sleep(1000)
PYTHON
start "$python" target.py
wait_for test -e ready
dump
"$(dirname "$criu")/crit" decode -i images/ipcns-shm-*.img >decoded.json
"$python" - decoded.json >seen <<'PYTHON'
import base64, json, sys

entries = json.load(open(sys.argv[1]))["entries"]
print("%d of %d bytes" % (len(entries), entries[0]["size"]))
# Each entry has its length, of 4 bytes, in front of it.
rest, count = base64.b64decode(entries[0]["extra"]), 0
while rest:
    rest, count = rest[4 + int.from_bytes(rest[:4], "little"):], count + 1
print("%d entries in extra" % count)
PYTHON
expect "segments that crit shows, of three" "$(sed -n 1p seen)" "1 of 4096 bytes"
expect "what it takes for the content" "$(sed -n 2p seen)" "2 entries in extra"
restore
expect "segments that CRIU restores" "$(nsenter -i -t "$pid" ipcs -m | grep -c ' 600 ')" 3
