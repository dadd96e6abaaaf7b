#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes, once, a Debian sid root that holds CRIU 4.2 or newer and a crun that calls it, and prints
# its directory.
# Debian 12's own criu (3.17) does not start on current kernels; the one in this root runs on the
# host itself, through the root's own loader. Nothing runs inside the root, nothing is mounted.
#
#   reference-root.sh            prints CACHE/reference-2-sid-ARCH, made if it is not there
#
# CACHE is $TORPOR_CACHE, /var/cache/torpor by default.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
source "$here/packages.sh"

arch=$(dpkg --print-architecture)
cache=${TORPOR_CACHE:-/var/cache/torpor}
# The number is that of its content: what is in the cache is never changed.
reference=$cache/reference-2-sid-$arch

export_apt_proxy() {
  local proxy=
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "$proxy" ] || [ "$proxy" = DIRECT ] || export http_proxy=$proxy https_proxy=$proxy
}

# One exec and no look-up of its own place: the wrapper's time counts as CRIU's in a comparison.
write_wrappers() {
  local target=$1 libraries loader
  libraries=$(cd "$target/root" && echo usr/lib/*-linux-gnu)
  loader=$(cd "$target/root" && echo "$libraries"/ld-linux-*.so.*)
  mkdir -p "$target/bin"
  cat >"$target/bin/criu" <<WRAPPER
#!/bin/sh
# Debian sid's criu on this host, by its own loader and libraries.
exec $reference/root/$loader --library-path $reference/root/$libraries $reference/root/usr/sbin/criu "\$@"
WRAPPER
  cat >"$target/bin/crit" <<WRAPPER
#!/bin/sh
# Debian sid's crit on this host, by that root's own loader, libraries and Python.
export PYTHONHOME=$reference/root/usr PYTHONPATH=$reference/root/usr/lib/python3/dist-packages
export PYTHONDONTWRITEBYTECODE=1
exec $reference/root/$loader --library-path $reference/root/$libraries \\
  $reference/root/usr/bin/python3 -P $reference/root/usr/bin/crit "\$@"
WRAPPER
  # It looks for criu in PATH, through libcriu. Debian 12's own is built without.
  cat >"$target/bin/crun" <<WRAPPER
#!/bin/sh
# Debian sid's crun on this host, by its own loader and libraries.
exec $reference/root/$loader --library-path $reference/root/$libraries $reference/root/usr/bin/crun "\$@"
WRAPPER
  chmod +x "$target/bin/criu" "$target/bin/crit" "$target/bin/crun"
  "$target/root/$loader" --library-path "$target/root/$libraries" "$target/root/usr/sbin/criu" \
    --version >"$target/version"
}

make_reference() {
  local mirror work
  install_missing debootstrap debian-archive-keyring ca-certificates
  mirror=$(debian_mirror)
  if [ -z "$mirror" ]; then
    apt-get update -qq
    mirror=$(debian_mirror)
  fi
  [ -n "$mirror" ] || { echo "apt knows no Debian archive: add one to sources.list" >&2; exit 1; }
  export_apt_proxy
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/.reference-XXXXXX")
  trap 'umount -q "$work"/root/proc "$work"/root/sys 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
  if ! debootstrap --variant=minbase --include=criu,python3-pycriu,crun,libcriu2 \
      --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
      sid "$work/root" "$mirror" >"$work/debootstrap.log" 2>&1; then
    tail -20 "$work/debootstrap.log" >&2
    exit 1
  fi
  umount -q "$work/root/proc" "$work/root/sys" 2>/dev/null || true
  rm -rf "$work/root/var/cache/apt/archives"
  write_wrappers "$work"
  chmod 755 "$work"
  # A rename is all or nothing: a directory of this name is always complete.
  mv -T "$work" "$reference"
  trap - EXIT
}

if [ ! -d "$reference" ]; then
  [ "$(id -u)" -eq 0 ] || { echo "making $reference needs root" >&2; exit 1; }
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  [ -d "$reference" ] || make_reference >&2
fi
echo "$reference"
