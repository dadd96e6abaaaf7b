#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# loop.sh DIR: a shell that counts, its child that counts, and the short-lived children of both.
dir=$1
count() {
  n=0
  while :; do
    n=$((n + 1))
    # Not truncated: a dump may come at any moment, and the file must have its size at the restore.
    printf 'tick=%010d\n' "$n" 1<>"$dir/$1"
    sleep 0.03
  done
}
count child-status &
count status
