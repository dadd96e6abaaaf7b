#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), iproute2 6.1.0 (Debian 12), Linux 6.18.
#
# One would expect that a network whose device has lost its other side for a moment comes back as it was: its
# routes are there, marked `linkdown`. What happens: the dump succeeds and ends the process; the restore fails.
# CRIU keeps the answers of the kernel as `ip route save` writes them, and in a request the kernel refuses that
# mark (RTNH_F_LINKDOWN), which it puts into its answers itself. The same with `ip route save` and
# `ip route restore`, without CRIU.
#
# Why it matters: a checkpoint that no restore can use, and that depends on whether a bridge was up at that
# moment. What the kernel tells is no request: flags that it alone sets must be taken out.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
reference
ip -V | grep -q 'iproute2-6\.1\.0' || cannot "it needs Debian 12's iproute2"

cat >target.sh <<'SH'
ip link add one type veth peer name other
ip address add 192.0.2.1/24 dev one
ip link set one up
ip link set other "$1"
# The mark comes with the kernel's next look at the carrier.
until ip -o link show one | grep -q "$2"; do sleep 0.05; done
ip route >"routes-$1"
echo ready >ready
exec sleep 1000
SH
for state in up down; do
  rm -rf ready images
  case $state in up) look=LOWER_UP ;; down) look=NO-CARRIER ;; esac
  start unshare --net sh target.sh "$state" "$look"
  wait_for test -e ready
  nsenter --net -t "$pid" ip route save table main >saved
  if nsenter --net -t "$pid" sh -c 'ip route flush table main && ip route restore <saved' 2>again; then
    again=taken
  else
    again=$(grep -o 'Invalid rtm_flags.*' again)
  fi
  expect "$state: what was saved, given back by ip" "$again" \
    "$([ "$state" = up ] && echo taken || echo 'Invalid rtm_flags - can not contain DEAD or LINKDOWN.')"
  nsenter --net -t "$pid" ip route replace 192.0.2.0/24 dev one src 192.0.2.1
  dump || cannot "the dump failed"
  if restore 2>errors; then restored=yes; else restored=no; fi
  expect "$state: restored" "$restored" "$([ "$state" = up ] && echo yes || echo no)"
done
expect "the routes with the other side down" "$(grep -c linkdown routes-down)" 1
