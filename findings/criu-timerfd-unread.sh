#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect that a periodic timerfd goes on ticking after a restore, whatever has been read of it.
# What happens: if it has expired and nobody has read it yet, it gives that one expiration and never ticks
# again. The kernel sets a periodic timer up again only when it is read; until then fdinfo shows it_value
# (0, 0), as of a timer that is not set, with the interval beside it. CRIU passes both on to
# timerfd_settime(2), for which an it_value of 0 means: not set. The logs do not mention it. A timer that
# has not expired at the dump goes on.
#
# Why it matters: an event loop waits for ever for its next tick, and a busy one is often dumped between
# expiration and read. it_value 0 beside an interval and ticks means a timer that runs; timerfd_gettime(2),
# called inside the process, gives the time that is left.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >target.py <<'PYTHON'
import ctypes, os, select, sys, time

CLOCK_MONOTONIC = 1
libc = ctypes.CDLL(None)
seconds = int(sys.argv[2])
timer = libc.timerfd_create(CLOCK_MONOTONIC, 0)
libc.timerfd_settime(timer, 0, (ctypes.c_long * 4)(seconds, 0, seconds, 0), None)
if sys.argv[1] == "expired":
    select.select([timer], [], [])
with open("descriptor", "w") as file:
    file.write(str(timer))
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.05)


def tick():
    if not select.select([timer], [], [], 4 * seconds)[0]:
        return "none"
    os.read(timer, 8)
    return "tick"


with open("seen.new", "w") as seen:
    print(tick(), tick(), file=seen)
os.rename("seen.new", "seen")
PYTHON

value() {
  grep '^it_value' "/proc/$pid/fdinfo/$(cat descriptor)"
}

# Starts it, does what is asked in between, and sets seen.
run() {
  local state=$1 seconds=$2 between=$3
  rm -f ready go seen
  start "$python" target.py "$state" "$seconds"
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

expired_dump_and_restore() {
  expect "fdinfo of the expired timer" "$(value)" "it_value: (0, 0)"
  dump_and_restore
}

run expired 1 true
expect "expired, two waits" "$seen" "tick tick"
run waiting 3 dump_and_restore
expect "waiting, two waits, restored" "$seen" "tick tick"
run expired 1 expired_dump_and_restore
expect "expired, two waits, restored" "$seen" "tick none"
expect "warnings and mentions of a timer in both logs" "$(cat images/*.log | grep -ciE 'warn|timer' || true)" 0
