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
runc_bundle "{\"destination\": \"/conf\", \"type\": \"bind\", \"source\": \"$work/conf\", \"options\": [\"bind\"]}"
mkdir images
: >bundle/rootfs/conf
echo old >conf

come_back() {
  if quiet_runc restore --detach --bundle bundle --image-path "$work/images" --work-path "$work/images" "$name"; then
    echo restored
    return
  fi
  grep -ao "Can't re-create deleted file" images/restore.log | head -1
  quiet_runc delete --force "$name" || true
}

quiet_runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
echo new >conf.new
mv conf.new conf
checkpoint=refused
! quiet_runc checkpoint --image-path "$work/images" --work-path "$work/images" "$name" || checkpoint=made
expect "a checkpoint of a container whose bound file was replaced" "$checkpoint" made
expect "its restore" "$(come_back)" "Can't re-create deleted file"
