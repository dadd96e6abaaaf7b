#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, CRIU 4.2.1 (Debian sid).
#
# One would expect that an epoll item can be set up again from what /proc shows of it: descriptor,
# events, data.
# What happens: an item with EPOLLONESHOT that has fired is asleep until it is armed again, and nothing
# wakes it, not even a hang-up. fdinfo shows it with the bit of EPOLLONESHOT alone, 40000000. An item that
# is added with just that bit is another one, 40000018, and awake: epoll_ctl(2) adds EPOLLERR and EPOLLHUP
# to whatever it is given. So after CRIU's restore a hung-up pipe is reported to a program that has had
# its one event.
#
# Why it matters: in servers that hand a connection to a worker thread and disarm it meanwhile, a second
# worker gets it. The state cannot be set by epoll_ctl; only firing the item once more puts it to
# sleep.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import os, select, time

reader, writer = os.pipe()
poll = select.epoll()
poll.register(reader, select.EPOLLIN | select.EPOLLONESHOT)
os.write(writer, b"x")
poll.poll(0)
os.read(reader, 1)
os.close(writer)
while True:
    with open("/proc/self/fdinfo/%d" % poll.fileno()) as info:
        events = [line.split()[3] for line in info if line.startswith("tfd:")]
    with open("seen.new", "w") as seen:
        print("item %s, %d events" % (events[0], len(poll.poll(0))), file=seen)
    os.rename("seen.new", "seen")
    while os.path.exists("seen"):
        time.sleep(0.02)
PYTHON

seen() {
  rm -f seen
  wait_for test -e seen
  cat seen
}

start "$python" target.py
wait_for test -e seen
expect "disarmed item with a hang-up" "$(seen)" "item 40000000, 0 events"
expect "disarmed item with a hang-up, again" "$(seen)" "item 40000000, 0 events"
dump
restore
expect "the same item restored, before and at its first look" "$(seen)" "item 40000018, 1 events"
