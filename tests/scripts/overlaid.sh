#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Mounts the files of this machine, with an overlay above them, at DIRECTORY/root, and sleeps: to be run
# in a mount namespace of its own. What is changed is in DIRECTORY/upper. overlaid.sh DIRECTORY
set -euo pipefail
cd "$1"
mount -t tmpfs overlaid .
cd "$1"
mkdir upper work root
mount -t overlay overlaid -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
for directory in proc sys dev; do
  mount --rbind "/$directory" "root/$directory"
done
mount -t tmpfs overlaid root/run
mount -t tmpfs overlaid root/tmp
mkdir ready
exec sleep 600
