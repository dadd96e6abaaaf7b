#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compiles the C programs under test into DIRECTORY; one file, one program. Newer ones are kept.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
out=$1
mkdir -p "$out"
for source in "$here"/../programs/*.c "$here"/../programs/dynamic/*.c; do
  name=$(basename "$source" .c)
  [ -z "$(find "$source" "$here"/../programs/*.h -newer "$out/$name" 2>&1)" ] && continue
  case $source in */dynamic/*) static= ;; *) static=-static ;; esac
  # Through a name of its own, so that a program that still runs is not written over.
  gcc -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread $static -o "$out/$name.new" "$source"
  mv "$out/$name.new" "$out/$name"
done
