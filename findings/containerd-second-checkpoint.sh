#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# containerd 1.6.20, runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect every `ctr container checkpoint --task` that succeeds to have the container's processes in it.
# What happens: that of a container which has a checkpoint already has none: no images, no configuration. ctr says
# nothing and exits with 0. Once the first checkpoint is removed the next one is whole. The daemon wants to store
# the container's configuration again, which has not changed, gets "already exists" and gives up what it has
# dumped; the client passes over errors of that kind.
#
# Why it matters: whoever makes checkpoints in turn and keeps the last two has one, and learns that at the
# restore ("media type not found"). What is called a success is to be looked into before the container goes.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
debian containerd=1.6.20~ds1-1+deb12u3 runc=1.1.5+ds1-1+deb12u1 busybox-static=1:1.35.0-4+deb12u1+b1
reference
PATH=${criu%/*}:$work/root/usr/bin:$work/root/usr/sbin:$PATH

containerctl() {
  ctr --address "$work/socket" "$@"
}

leave() {
  containerctl task rm --force one || true
  containerctl container rm one || true
  wait_for eval '! pgrep -f "[c]ontainerd-shim.*$work/socket"'
  finish
} >/dev/null 2>&1
trap leave EXIT

mkdir -p layer/bin layer/proc layer/sys layer/dev layer/run
cp root/bin/busybox layer/bin/
tar -C layer -cf layer.tar .
digest=$(sha256sum layer.tar)
echo '{"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/busybox", "sleep", "600"]},
  "rootfs": {"type": "layers", "diff_ids": ["sha256:'"${digest%% *}"'"]}}' >config.json
echo '[{"Config": "config.json", "RepoTags": ["localhost/sleep:1"], "Layers": ["layer.tar"]}]' >manifest.json
tar -cf image.tar manifest.json config.json layer.tar

# Its mounts end with it.
printf 'version = 2\n[plugins."io.containerd.internal.v1.opt"]\n  path = "%s"\n' "$work/opt" >containerd.toml
start unshare --mount containerd --config containerd.toml --root "$work/lib" --state "$work/run" --address "$work/socket"
wait_for containerctl version
containerctl image import image.tar >/dev/null
containerctl run --detach --null-io --cgroup "/finding-$$" localhost/sleep:1 one || cannot "no container starts"

# Whether a checkpoint that has succeeded has processes in it.
checkpoint() {
  containerctl container checkpoint --task one "localhost/checkpoint:$1" || { echo failed; return; }
  local index
  index=$(containerctl image ls | awk -v name="localhost/checkpoint:$1" '$1 == name { print $3 }')
  containerctl content get "$index" | grep -q 'criu.checkpoint.criu.tar' && echo processes || echo nothing
}

expect "what is in the first checkpoint" "$(checkpoint 1)" processes
expect "what is in the second" "$(checkpoint 2)" nothing
containerctl image rm --sync localhost/checkpoint:1 localhost/checkpoint:2 >/dev/null
expect "what is in the third, the others removed" "$(checkpoint 3)" processes
