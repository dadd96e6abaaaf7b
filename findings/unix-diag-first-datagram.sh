#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python; iproute2 6.1.0 (Debian 12).
#
# One would expect of the column Recv-Q of ss(8) how much waits in a socket, as it does for UDP and for Unix
# streams.
# What happens: for a Unix datagram socket it is the length of the first message alone, as that of FIONREAD is,
# and 0 if that is empty, whatever waits behind it.
#
# Why it matters: "nothing waits" cannot be told by it. A checkpointer that skips queues of length 0 loses
# messages; one that provides for as much room as it says has too little.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
debian iproute2=6.1.0-3

cat >hold.py <<'PYTHON'
import os, socket, time

receivers = []
for name, messages in (("long", [b"x" * 100, b"y" * 1000]), ("empty", [b"", b"y" * 1000])):
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(name)
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    for message in messages:
        sender.sendto(message, name)
    receivers.append(receiver)
open("ready", "w").close()
time.sleep(600)
PYTHON

start "$python" hold.py
wait_for test -e ready

waits() {
  root/bin/ss --unix --all --no-header | awk -v name="$1" '$5 == name { print $3 }'
}

expect "what waits behind 100 bytes with 1000 more" "$(waits long)" 100
expect "what waits behind an empty message with 1000 bytes" "$(waits empty)" 0
