#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect a relative --image-path to mean the same for the two halves of one command pair, run from
# the same directory with the same options.
# What happens: a checkpoint takes it from the directory that runc is called in. A restore with --bundle
# changes into the bundle first and takes it from there: with the same words it finds no images. The default,
# "checkpoint", does not move so.
#
# Why it matters: scripts that work for checkpoints fail at the restore with "open images: no such file or
# directory", although it is there. A stand-in for runc has to move in the same way, or it finds other images.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
runc_bundle

# Where the images of a checkpoint of ours lie.
images() {
  find . -name inventory.img -printf '%h\n' | paste -sd,
}

come_back() {
  if quiet_runc restore --detach --bundle bundle --image-path "$1" "$name"; then
    echo restored
    return
  fi
  quiet_runc delete --force "$name" || true
  echo failed
}

quiet_runc run --detach --bundle bundle "$name" || { cat runc.log >&2; cannot "no container starts"; }
quiet_runc checkpoint --image-path images "$name" || { cat runc.log >&2; cannot "no checkpoint"; }
expect "where the checkpoint put its images" "$(images)" "./images"
expect "a restore with the same words" "$(come_back images)" failed
mv images bundle/images
expect "a restore with the same words, and the images in the bundle" "$(come_back images)" restored
