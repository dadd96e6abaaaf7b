#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Records the checkpoints of this directory again: record.sh CRIU LAUNCHER, as root, on one kernel. CRIU is 4.2.1,
# LAUNCHER is native/target/torpor-launcher. The plans differ afterwards: see WholeTreePlanTest.
set -euo pipefail
criu=$1 launcher=$2 here=$(cd "$(dirname "$0")" && pwd)
mkdir /tmp/recorded
trap 'rm -r /tmp/recorded' EXIT
gcc -Wall -Wextra -static -nostdlib -O2 -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
  -Wl,--build-id=none -o /tmp/recorded/tree "$here/tree.c"

# What a restore's first task is born with.
mkfifo /tmp/recorded/hold
cp "$launcher" /tmp/recorded/torpor-launcher
/tmp/recorded/torpor-launcher --serve </tmp/recorded/hold >/dev/null 2>&1 &
exec 3>/tmp/recorded/hold
until grep -q torpor-launcher "/proc/$!/maps"; do sleep 0.1; done
cat "/proc/$!/maps" >"$here/maps"
exec 3>&-

# record NAME COMMAND...: the root task is the command, or the one child that it has.
record() {
  local name=$1 images=$here/$1 output=/tmp/recorded/output
  shift
  rm -rf "$images" && mkdir "$images"
  (cd / && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin setsid "$@" </dev/null >$output 2>&1) &
  local pid=$!
  if [ "$name" = container ]; then
    until grep -q . "/proc/$!/task/$!/children"; do sleep 0.1; done
    pid=$(tr -d ' ' <"/proc/$!/task/$!/children")
    output=/proc/$pid/root/output
  fi
  until grep -qs ready "$output"; do sleep 0.1; done
  "$criu" dump -t "$pid" -D "$images" -o /tmp/recorded/dump.log -v4 --manage-cgroups=ignore "${options[@]}" ||
    { grep -E 'Error|Warn' /tmp/recorded/dump.log; exit 1; }
  wait $! || true
  rm "$images/stats-dump"
}
options=()
record single /tmp/recorded/tree
record family /tmp/recorded/tree family
mkdir /tmp/recorded/root
options=(--external "mnt[/dev/null]:null")
record container unshare --mount --uts --ipc --net --pid --fork setsid sh -ec '
  mount -t tmpfs -o size=64k,mode=755 tree /tmp/recorded/root
  cd /tmp/recorded/root
  mkdir proc dev
  cp /tmp/recorded/tree tree
  touch dev/null
  mount --bind /dev/null dev/null
  mount -t proc proc proc
  hostname recorded
  pivot_root . .
  exec /tree container </dev/null >/output 2>&1'

# Plans depend on the content of no page but those of the vdso, which is the kernel's and not ours to copy.
for pages in "$here"/*/pages-*.img; do
  bytes=$(stat -c %s "$pages")
  : >"$pages"
  truncate -s "$bytes" "$pages"
done
