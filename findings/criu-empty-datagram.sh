#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that what waits in a datagram socket is dumped, or the dump refused.
# What happens: if the first message that waits is an empty one, it and all behind it are lost, and neither
# log says so. Of a datagram socket recv(2) gives 0 for an empty message, which on a stream means that
# there is nothing; only EAGAIN means that here. Without the empty message in front the same queue comes
# back.
#
# Why it matters: an empty datagram is a common way to wake somebody. Looking into a queue (MSG_PEEK,
# SO_PEEK_OFF) must take 0 for a message, and go on behind it.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import os, socket, sys, time

def receive():
    try:
        return receiver.recv(10).decode()
    except BlockingIOError:
        return "none"

sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setblocking(False)
for message in sys.argv[1:]:
    sender.send(message.encode())
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.05)
with open("seen.new", "w") as seen:
    print("[%s]" % "] [".join(receive() for _ in range(3)), file=seen)
os.rename("seen.new", "seen")
PYTHON

# Starts it with the messages, does what is asked in between, and sets seen.
run() {
  local between=$1
  shift
  rm -f ready go seen
  start "$python" target.py "$@"
  wait_for test -e ready
  "$between"
  touch go
  wait_for test -e seen
  seen=$(cat seen)
}

dump_and_restore() {
  dump
  restore
}

run true "" "work"
expect "an empty message and another" "$seen" "[] [work] [none]"
run dump_and_restore "work" "more"
expect "two messages, restored" "$seen" "[work] [more] [none]"
run dump_and_restore "" "work"
expect "an empty message and another, restored" "$seen" "[none] [none] [none]"
expect "warnings in both logs" "$(cat images/*.log | grep -c Warn || true)" 0
