#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches, once, the crun of this machine's own Debian, without installing it (Podman would take it
# for its default), and prints the program. Debian 12's is built without CRIU.
#
#   stable-crun.sh               prints CACHE/crun-VERSION-ARCH/crun; CACHE as in reference-root.sh
set -euo pipefail

cache=${TORPOR_CACHE:-/var/cache/torpor}
version=$(apt-cache show --no-all-versions crun | sed -n 's/^Version: //p')
target=$cache/crun-$version-$(dpkg --print-architecture)

if [ ! -e "$target/crun" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/crun.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get download -qq crun libyajl2 >/dev/null 2>&1)
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  libraries=$(cd "$work/root" && echo usr/lib/*-linux-gnu)
  cat >"$work/crun" <<WRAPPER
#!/bin/sh
LD_LIBRARY_PATH=$target/root/$libraries exec $target/root/usr/bin/crun "\$@"
WRAPPER
  chmod 0755 "$work" "$work/crun"
  rm -f "$work"/*.deb
  mv -T "$work" "$target"
  trap - EXIT
fi
echo "$target/crun"
