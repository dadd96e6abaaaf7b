#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect `runc restore --manage-cgroups-mode` to refuse a mode that there is not, as `runc checkpoint`
# does. What happens: a restore takes any word, and does as if none was given.
#
# Why it matters: a misspelt mode is found at the dump and never at the restore. A stand-in for runc, or a script
# around it, that checks the word itself refuses restores that work with runc.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
debian runc=1.1.5+ds1-1+deb12u1 busybox-static=1:1.35.0-4+deb12u1+b1
reference
PATH=${criu%/*}:$PATH
name=finding-$$

runc() {
  "$work/root/usr/sbin/runc" --root "$work/state" --log "$work/runc.log" "$@" </dev/null >/dev/null 2>&1
}

leave() {
  runc delete --force "$name" || true
  finish
}
trap leave EXIT

mkdir -p bundle/rootfs/bin bundle/rootfs/proc
cp root/bin/busybox bundle/rootfs/bin/
cat >bundle/config.json <<JSON
{"ociVersion": "1.0.2",
 "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/busybox", "sleep", "600"]},
 "root": {"path": "rootfs"},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
 "linux": {"namespaces": [
   {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]}}
JSON

try() {
  if runc "$@" "$name"; then echo taken; else echo refused; fi
}

runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
expect "checkpoint, a mode that there is not" "$(try checkpoint --leave-running --manage-cgroups-mode none-such)" refused
expect "checkpoint, soft" "$(try checkpoint --manage-cgroups-mode soft)" taken
expect "restore, a mode that there is not" \
  "$(try restore --detach --bundle bundle --manage-cgroups-mode none-such)" taken
