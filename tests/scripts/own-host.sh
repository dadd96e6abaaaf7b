#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A host of one's own for an engine, which seems to be installed there: with the machine's processes and control
# groups, but with mounts and a network of its own. What is written to /etc, /opt, /run and /var/lib is below
# DIRECTORY. Lasts until standard input ends; prints a line when it is there.
#
#   own-host.sh DIRECTORY PACKAGES     PACKAGES is a directory of engines.sh, put over /usr and /etc
#
# To run a command there: nsenter --mount --net --target PID COMMAND
set -euo pipefail

if [ "${1-}" != --inside ]; then
  exec unshare --mount --net "$(readlink -f "$0")" --inside "$@"
fi
directory=$(readlink -f "$2") packages=$3

# over TOP [LOWER]: what is written to TOP goes below the directory.
over() {
  local upper=$directory/upper$1 work=$directory/work$1
  mkdir -p "$upper" "$work"
  mount -t overlay -o "lowerdir=${2:+$2:}$1,upperdir=$upper,workdir=$work" overlay "$1"
}

mount --make-rprivate /
mount -t overlay -o "lowerdir=$packages/usr:/usr" overlay /usr
over /etc "$packages/etc"
over /opt
mkdir -p "$directory"/{run,lib}
mount --bind "$directory/run" /run
# No overlay: engines make some of their own, which must not be on another one.
mount --bind "$directory/lib" /var/lib
ip link set lo up
echo ready
exec cat
