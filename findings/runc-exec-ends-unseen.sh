#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid), Linux 6.18.
#
# One would expect a checkpoint of a container to have all its processes, or to say which it has not.
# What happens: a process of `runc exec` is no descendant of the container's init (its parent is outside), so CRIU
# does not look at it. Checkpoint and restore succeed, nothing in the log or on the terminal names it, and it has
# ended. What it left in the background is saved: the kernel makes that a child of the init.
#
# Why it matters: `podman exec --detach`, `docker exec -d` and sidecars started so are gone after a migration, while
# the engine calls the container running.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
runc_bundle
mkdir images

sleepers() {
  runc exec "$name" /bin/busybox ps | grep -o 'sleep [0-9]*' | sort | paste -sd,
}

runc run --detach --bundle bundle "$name" >/dev/null || { cat runc.log >&2; cannot "no container starts"; }
runc exec --detach "$name" /bin/busybox sleep 700 >/dev/null
runc exec "$name" /bin/busybox sh -c '/bin/busybox sleep 800 >/dev/null 2>&1 &' >/dev/null
expect "processes before" "$(sleepers)" "sleep 600,sleep 700,sleep 800"
printed=$(runc checkpoint --image-path "$work/images" --work-path "$work/images" "$name") || cannot "no checkpoint"
expect "what the checkpoint prints" "$printed" ""
expect "lines of its log that name the process" "$(grep -ac 'sleep 700\|not in the tree\|not a descendant' images/dump.log || true)" 0
runc restore --detach --bundle bundle --image-path "$work/images" --work-path "$work/images" "$name" >/dev/null ||
  cannot "no restore"
expect "processes after" "$(sleepers)" "sleep 600,sleep 800"
