#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect `runc restore --manage-cgroups-mode` to refuse a mode that there is not, as `runc checkpoint`
# does. What happens: a restore takes any word, and does as if none was given.
#
# Why it matters: a misspelt mode is found at the dump and never at the restore. A stand-in for runc, or a script
# around it, that checks the word itself refuses restores that work with runc.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
runc_bundle

try() {
  if quiet_runc "$@" "$name"; then echo taken; else echo refused; fi
}

quiet_runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
expect "checkpoint, a mode that there is not" "$(try checkpoint --leave-running --manage-cgroups-mode none-such)" refused
expect "checkpoint, soft" "$(try checkpoint --manage-cgroups-mode soft)" taken
expect "restore, a mode that there is not" \
  "$(try restore --detach --bundle bundle --manage-cgroups-mode none-such)" taken
