#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), runc 1.1.5 (Debian 12), Linux 6.18.
#
# One would expect a container to come back that has a file of the host bound (a configuration, say), which
# somebody has edited meanwhile; or its checkpoint to be refused.
# What happens: most editors write a new file and rename it over the old one, so the container's mount shows a
# file that was deleted. The checkpoint succeeds and ends the container. The restore wants to make the deleted
# file again, finds that there is one of that name ("Can't re-create deleted file ...: File exists"), and fails.
#
# Why it matters: the container is gone, and no restore of its images succeeds. A checkpointer should bind what has
# the name, or refuse while the container still runs.
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

mkdir -p bundle/rootfs/bin bundle/rootfs/proc images
cp root/bin/busybox bundle/rootfs/bin/
: >bundle/rootfs/conf
echo old >conf
cat >bundle/config.json <<JSON
{"ociVersion": "1.0.2",
 "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/busybox", "sleep", "600"]},
 "root": {"path": "rootfs"},
 "mounts": [
   {"destination": "/proc", "type": "proc", "source": "proc"},
   {"destination": "/conf", "type": "bind", "source": "$work/conf", "options": ["bind"]}],
 "linux": {"namespaces": [
   {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]}}
JSON

come_back() {
  if runc restore --detach --bundle bundle --image-path "$work/images" --work-path "$work/images" "$name"; then
    echo restored
    return
  fi
  grep -ao "Can't re-create deleted file" images/restore.log | head -1
  runc delete --force "$name" || true
}

runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
echo new >conf.new
mv conf.new conf
checkpoint=refused
! runc checkpoint --image-path "$work/images" --work-path "$work/images" "$name" || checkpoint=made
expect "a checkpoint of a container whose bound file was replaced" "$checkpoint" made
expect "its restore" "$(come_back)" "Can't re-create deleted file"
