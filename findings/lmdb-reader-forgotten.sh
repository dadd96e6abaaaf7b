#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# LMDB 0.9.24 with its Python binding 1.4.0 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect a program that only reads a memory-mapped database to be the easiest of all to
# checkpoint: if the file is there and has the same size, it goes on.
# What happens: dump and restore with --file-locks both succeed, and the reader's snapshot is no
# longer one. LMDB keeps its readers in a table in lock.mdb. Whoever opens a database that nobody
# else has open, which a file lock tells, clears the table; and nobody has it open while the reader
# exists only as images. After the restore the reader goes on in its transaction and is on no list, so
# that writers reuse the pages it reads: a key that it has read in this same transaction is gone. No
# call fails. A reader that was not dumped, under the same load, keeps its snapshot.
#
# Why it matters: mapped files are shared state with a protocol of its own. That a restore finds the file
# with the same path, size and owner does not mean that the program may go on; what
# shows it is that a file which is mapped shared has been written to since the dump.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
debian python3-lmdb=1.4.0-1+b1 liblmdb0=0.9.24-1
reference

cat >reader.py <<'PYTHON'
import lmdb, os, time

environment = lmdb.open("data", map_size=4 << 20)
with environment.begin(write=True) as transaction:
    for number in range(2000):
        transaction.put(b"%d" % number, b"x" * 100)
with environment.begin(write=True) as transaction:
    for number in range(2000):
        transaction.delete(b"%d" % number)
with environment.begin(write=True) as transaction:
    transaction.put(b"key", b"first")

snapshot = environment.begin()
while True:
    with open("seen.new", "w") as seen:
        seen.write("%s, %d on the list\n" % (snapshot.get(b"key"), environment.readers().count(str(os.getpid()))))
    os.rename("seen.new", "seen")
    time.sleep(0.1)
PYTHON
cat >writer.py <<'PYTHON'
import lmdb, sys

environment = lmdb.open("data", map_size=4 << 20)
for number in range(int(sys.argv[1])):
    with environment.begin(write=True) as transaction:
        transaction.put(b"key", b"later")
PYTHON

with_lmdb=(env LD_LIBRARY_PATH="$work/root/usr/lib/x86_64-linux-gnu"
  PYTHONPATH="$work/root/usr/lib/python3/dist-packages" "$python")

seen() {
  rm -f seen
  wait_for test -e seen
  cat seen
}

for kind in "not dumped" dumped; do
  rm -rf data
  start "${with_lmdb[@]}" reader.py
  expect "$kind: reader" "$(seen)" "b'first', 1 on the list"
  [ "$kind" = dumped ] && dump --file-locks
  "${with_lmdb[@]}" writer.py 30
  [ "$kind" = dumped ] && restore --file-locks
  "${with_lmdb[@]}" writer.py 300
  if [ "$kind" = dumped ]; then
    expect "$kind: reader, some writes later" "$(seen)" "None, 0 on the list"
  else
    expect "$kind: reader, some writes later" "$(seen)" "b'first', 1 on the list"
    kill -KILL "$pid"
  fi
done
