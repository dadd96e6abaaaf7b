#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Becomes a program with ROOT as its root: small-container.sh ROOT OUTSIDE PROGRAM [ARGUMENT...]
# To be started in a mount namespace of its own. OUTSIDE is bound to /data, a tmpfs is at /tmp, the
# root is shared.
set -e
root=$1 outside=$2
shift 2
mkdir "$root/bin" "$root/proc" "$root/tmp" "$root/data" "$root/old"
cp /bin/busybox "$root/bin"
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$outside" "$root/data"
cd "$root"
pivot_root . old
# Nothing of the host may stay open.
exec /bin/busybox sh -c 'cd /; /bin/busybox umount -l /old; /bin/busybox mount --make-shared /; exec </bin/busybox >/output 2>&1; exec "$@"' sh "$@"
