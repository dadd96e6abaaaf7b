#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What tests/field/run does in a mount namespace of its own: the overlay, its packages, then the programs.
set -euo pipefail
top=$1
shift
mkdir -p "$TORPOR_FIELD_ROOT"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$TORPOR_FIELD_ROOT/upper,workdir=$TORPOR_FIELD_ROOT/work" \
  field "$TORPOR_FIELD_ROOT/root"
root=$TORPOR_FIELD_ROOT/root
mount --bind "$root" "$root"
for name in proc sys dev; do
  mount --rbind "/$name" "$root/$name"
done
# What a killed program leaves in them ends with the namespace.
for name in tmp run dev/shm; do
  mount -t tmpfs "${name##*/}" "$root/$name"
done
# The overlay does not show what lies on mounts below it, nor what it is made of.
for path in "$top" "$(dirname "$(dirname "$TORPOR_FIELD_CRIU")")"; do
  mkdir -p "$root/$path"
  mount --bind "$path" "$root/$path"
done
cd "$root"
mkdir -p old-root
pivot_root . old-root
cd /
umount -l /old-root

source "$top/tests/scripts/packages.sh"
# No package starts its service here: what runs is what the list says.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
install_missing $(python3 "$top/tests/field/field.py" --packages "$@")
exec unshare --net -- bash -c 'ip link set lo up; exec python3 "$@"' field "$top/tests/field/field.py" "$@"
