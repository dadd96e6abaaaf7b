#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fetches, once, container engines from Debian's packages without installing them (their daemons would
# start, and Docker's would change the machine's packet filter), and prints the directory.
#
#   engines.sh             prints CACHE/engines-2-ARCH; CACHE as in reference-root.sh
#
#   stable/usr, stable/etc   Docker, containerd 1.6 and LXC of this machine's own Debian
#   sid/usr                  containerd 2 of Debian sid, which has the CRI call that checkpoints, and
#                            gRPC for the Python of this machine (tests/programs/cri.py)
#
# They find what they need where own-host.sh puts these directories over the machine's.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
source "$here/packages.sh"

arch=$(dpkg --print-architecture)
cache=${TORPOR_CACHE:-/var/cache/torpor}
# The number is that of its content: what is in the cache is never changed.
engines=$cache/engines-2-$arch

# fetch DIRECTORY PACKAGE...: unpacks the packages that $apt knows.
fetch() {
  local into=$1 package packages
  shift
  packages=$(mktemp -d "$into.XXXXXX")
  (cd "$packages" && $apt download -qq "$@" 2>apt.log) || { cat "$packages/apt.log" >&2; return 1; }
  for package in "$packages"/*.deb; do dpkg-deb -x "$package" "$into"; done
  rm -rf "$packages"
}

make_engines() {
  local work mirror apt=apt-get
  install_missing debian-archive-keyring
  apt-get update -qq
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { echo "apt knows no Debian archive: add one to sources.list" >&2; exit 1; }
  work=$(mktemp -d "$cache/.engines-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  fetch "$work/stable" docker.io containerd tini lxc liblxc1 liblxc-common
  fetch "$work/sid" python3-grpcio python3-protobuf libprotobuf32 libabsl20220623 libc-ares2 libre2-9
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/apt/sources.list"
  apt="apt-get -o Dir::Etc::SourceList=$work/apt/sources.list -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists=$work/apt/lists -o Dir::Cache=$work/apt/cache -o Acquire::Languages=none"
  $apt update -qq
  fetch "$work/sid" containerd
  rm -rf "$work/apt"
  chmod 755 "$work"
  # A rename is all or nothing: a directory of this name is always complete.
  mv -T "$work" "$engines"
  trap - EXIT
}

if [ ! -d "$engines" ]; then
  [ "$(id -u)" -eq 0 ] || { echo "making $engines needs root" >&2; exit 1; }
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9
  [ -d "$engines" ] || make_engines >&2
fi
echo "$engines"
