#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, Debian 12's util-linux and dash.
#
# One would expect that the settings of a network can be written again in any order, each holding what it held.
# What happens: `ip_local_port_range` and `ip_unprivileged_port_start` look at one another. A range that begins
# below the first unprivileged port is refused with EINVAL, and so is a first unprivileged port above the begin
# of the range. So of two networks, neither with an unusual setting in the kernel's eyes, one can only be set up
# in one order and the other only in the other.
#
# Why it matters: who restores settings one by one, in the order of their names or of an image, fails for some
# that are valid. Setting the first unprivileged port to 0 before all others works for all.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
[ "$(id -u)" -eq 0 ] || cannot "a network of its own needs root"

cat >write <<'SH'
cd /proc/sys/net/ipv4
for each; do
  if (echo "${each#*=}" >"${each%%=*}") 2>/dev/null; then printf 'written '; else printf 'refused '; fi
done
SH
# in_order SETTING=VALUE...: what becomes of each, in a new network (32768 to 60999, and 1024).
in_order() { unshare --net sh write "$@"; }

low="ip_local_port_range=500 600" below=ip_unprivileged_port_start=400
high="ip_local_port_range=50000 60000" above=ip_unprivileged_port_start=40000
expect "low range first" "$(in_order "$low" "$below")" "refused written "
expect "low range second" "$(in_order "$below" "$low")" "written written "
expect "high range first" "$(in_order "$high" "$above")" "written written "
expect "high range second" "$(in_order "$above" "$high")" "refused written "
expect "0 before all" "$(in_order ip_unprivileged_port_start=0 "$low" "$below") $(in_order ip_unprivileged_port_start=0 "$high" "$above")" \
  "written written written  written written written "
