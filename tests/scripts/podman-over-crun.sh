#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checkpoints a container of Podman whose runtime is torpor-runtime in front of crun, in a view of the host that
# crun agrees with (OciRuntime.viewWith); all in one process, because that view is a mount namespace.
#
#   podman-over-crun.sh PODMAN RUNTIME ARCHIVE
#
# RUNTIME is a link to Torpor, named crun. No cgroups: setting their limits needs more than some hosts permit.
set -euo pipefail
podman=$1 runtime=$2 archive=$3

counted() {
  "$podman" logs over | tr -d '\r' | sed -n 's/^child //p' | tail -1
}

await_counting() {
  local from=$1
  for _ in $(seq 200); do
    [ "$(counted || true)" -gt "$from" ] 2>/dev/null && return
    sleep 0.1
  done
  echo "it does not count on from $from" >&2
  return 1
}

"$podman" --runtime "$runtime" run --detach --name over --network none --cgroups disabled --tty localhost/counter
trap '"$podman" rm --force --time 0 over >/dev/null' EXIT
await_counting 3
for _ in 1 2; do
  before=$(counted)
  "$podman" --runtime "$runtime" container checkpoint over
  "$podman" --runtime "$runtime" container restore over
  await_counting "$before"
done
"$podman" --runtime "$runtime" exec over echo exec works
before=$(counted)
"$podman" --runtime "$runtime" container checkpoint --export "$archive" over
"$podman" --runtime "$runtime" rm over
"$podman" --runtime "$runtime" container restore --import "$archive"
await_counting 3
echo "runtime $("$podman" inspect --format '{{.OCIRuntime}}' over)"
