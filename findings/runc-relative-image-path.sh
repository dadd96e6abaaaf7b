#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect a relative --image-path to mean the same for the two halves of one command pair, run from
# the same directory with the same options.
# What happens: a checkpoint takes it from the directory that runc is called in. A restore with --bundle
# changes into the bundle first and takes it from there: with the same words it finds no images. The default,
# "checkpoint", does not move so.
#
# Why it matters: scripts that work for checkpoints fail at the restore with "open images: no such file or
# directory", although it is there. A stand-in for runc has to move in the same way, or it finds other images.
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

# Where the images of a checkpoint of ours lie.
images() {
  find . -name inventory.img -printf '%h\n' | paste -sd,
}

come_back() {
  if runc restore --detach --bundle bundle --image-path "$1" "$name"; then
    echo restored
    return
  fi
  runc delete --force "$name" || true
  echo failed
}

runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
runc checkpoint --image-path images "$name" || { cat runc.log >&2; cannot "no checkpoint"; }
expect "where the checkpoint put its images" "$(images)" "./images"
expect "a restore with the same words" "$(come_back images)" failed
mv images bundle/images
expect "a restore with the same words, and the images in the bundle" "$(come_back images)" restored
