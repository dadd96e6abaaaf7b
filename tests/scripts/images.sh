#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Container images made from the machine's own programs; nothing is pulled.
#
#   images.sh DIRECTORY    makes DIRECTORY/{counter,redis,web,pause}.tar, in the form of `docker save`
#
# podman-store.sh sources it.
set -euo pipefail

# copy_program ROOT PROGRAM: with the shared libraries it needs, at the places it expects them.
copy_program() {
  local root=$1 program=$2 file
  for file in "$program" $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done
}

# make_root ROOT: a root file system with a shell and a program that counts.
make_root() {
  local root=$1 name
  mkdir -p "$root"/{bin,data,dev,etc,proc,sys,tmp}
  cp /bin/busybox "$root/bin/"
  for name in sh sleep cat echo stty nc wget; do ln -s busybox "$root/bin/$name"; done
  cat >"$root/bin/count" <<'COUNT'
#!/bin/sh
# Counts aloud, and so does its child: "parent 1", "child 1", "parent 2", ...
count() {
  n=0
  while :; do
    n=$((n + 1))
    echo "$1 $n"
    sleep 0.1
  done
}
count child &
count parent
COUNT
  chmod +x "$root/bin/count"
}

# copy_python ROOT: the interpreter and its own modules, without those that are for developers.
copy_python() {
  local root=$1 python library
  python=$(readlink -f /usr/bin/python3)
  copy_program "$root" "$python"
  library=$(/usr/bin/python3 -c 'import os; print(os.path.dirname(os.__file__))')
  mkdir -p "$root$library"
  tar -C "$library" --exclude-from - -c . <<'EXCLUDED' | tar -C "$root$library" -x
./config-*
./dist-packages
./site-packages
./test
./idlelib
./lib2to3
./ensurepip
./pydoc_data
./tkinter
EXCLUDED
  ln -s "$python" "$root/bin/python3"
  cp "$here/../programs/hits.py" "$root/bin/hits"
}

# save FILE NAME ROOT COMMAND: one layer, one configuration, one list of both.
save() {
  local file=$1 name=$2 root=$3 command=$4 work digest
  work=$(mktemp -d "$file.XXXXXX")
  tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
  digest=$(sha256sum "$work/layer.tar")
  cat >"$work/config.json" <<CONFIG
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "created": "2024-01-01T00:00:00Z",
 "config": {"Cmd": $command, "Env": ["PATH=/usr/bin:/bin"], "WorkingDir": "/"},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:${digest%% *}"]}}
CONFIG
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$name\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
  tar -C "$work" -cf "$file" manifest.json config.json layer.tar
  rm -rf "$work"
}

make_images() {
  local directory=$1 root=$1/rootfs
  make_root "$root"
  save "$directory/counter.tar" localhost/counter:latest "$root" '["/bin/count"]'
  save "$directory/pause.tar" localhost/pause:latest "$root" '["/bin/sleep", "100000"]'
  copy_program "$root" "$(command -v redis-server)"
  save "$directory/redis.tar" localhost/redis:latest "$root" '["redis-server"]'
  rm -rf "$root"
  make_root "$root"
  copy_python "$root"
  save "$directory/web.tar" localhost/web:latest "$root" '["/bin/python3", "/bin/hits"]'
  rm -rf "$root"
}

if [ "$0" = "${BASH_SOURCE[0]}" ]; then
  here=$(dirname "$(readlink -f "$0")")
  [ -d "${1-}" ] || { sed -n '/^#  /s/^#  //p' "$0" >&2; exit 2; }
  make_images "$1"
fi
