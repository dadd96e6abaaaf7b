#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A Podman of one's own for a demo or a test: storage, locks, control groups and bridge apart from
# those of the machine's user, and images made from the machine's own programs (nothing is pulled).
#
#   podman-store.sh make DIRECTORY CRIU    makes DIRECTORY/podman, which finds CRIU as `criu`
#   podman-store.sh remove DIRECTORY       ends its containers and leaves the machine as found
#
# DIRECTORY/engine/criu is a link; point it elsewhere to change the engine between two commands.
# Containers are to be started with --cgroup-parent "$(cat DIRECTORY/cgroup-parent)".
set -euo pipefail
source "$(dirname "$(readlink -f "$0")")/images.sh"

write_configuration() {
  local store=$1 id=$2
  # Hard limits cannot be raised without CAP_SYS_RESOURCE, so they are given low enough for any machine.
  # A lock file of its own: Podman frees all locks of the shared one when it starts in a new directory.
  cat >"$store/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
events_logfile_path = "$store/events"
lock_type = "file"
runtime = "runc"
tmp_dir = "$store/tmp"
[network]
network_backend = "cni"
network_config_dir = "$store/cni"
default_network = "torpor"
CONF
  cat >"$store/cni/torpor.conflist" <<CONF
{"cniVersion": "0.4.0", "name": "torpor", "plugins": [
  {"type": "bridge", "bridge": "$id", "isGateway": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$store/ipam",
            "ranges": [[{"subnet": "10.89.77.0/24", "gateway": "10.89.77.1"}]]}}]}
CONF
  echo "/$id" >"$store/cgroup-parent"
  echo "$id" >"$store/id"
}

write_wrapper() {
  local store=$1 driver=overlay
  # overlay cannot stack on itself: a store inside a container takes plain copies.
  [ "$(stat -f -c %T "$store")" != overlayfs ] || driver=vfs
  cat >"$store/podman" <<WRAPPER
#!/bin/sh
export CONTAINERS_CONF=$store/containers.conf PATH=$store/engine:\$PATH
exec podman --root $store/root --runroot $store/runroot --storage-driver $driver "\$@"
WRAPPER
  chmod +x "$store/podman"
}

make_images() {
  local store=$1 root=$1/rootfs
  make_root "$root"
  tar -C "$root" -c . | "$store/podman" import -q -c 'CMD ["/bin/count"]' - localhost/counter >/dev/null
  copy_program "$root" "$(command -v redis-server)"
  tar -C "$root" -c . | "$store/podman" import -q -c 'CMD ["redis-server"]' - localhost/redis >/dev/null
  rm -rf "$root"
}

make_store() {
  local store criu=$2
  mkdir -p "$1"
  store=$(readlink -f "$1")
  mkdir -p "$store"/{cni,engine}
  ln -sfn "$(readlink -f "$criu")" "$store/engine/criu"
  # The bridge bears this name too, so it has at most 15 characters.
  write_configuration "$store" "torpor$$"
  mountpoint -q /run/netns && touch "$store/netns-was-mounted"
  write_wrapper "$store"
  make_images "$store"
}

# The conmon of an exec by the service stays for five minutes; others end a moment after their container.
remove_cgroups() {
  local id=$1 groups
  for _ in $(seq 100); do
    groups=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$id")
    [ -n "$groups" ] || return 0
    find $groups -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill 2>/dev/null || true
    find $groups -depth -type d -exec rmdir {} \; 2>/dev/null || true
    sleep 0.1
  done
  echo "control groups named $id are still in use" >&2
  return 1
}

# Conmon has Podman clean up once more when a container has ended, which binds the storage again, and makes its
# control groups again. The conmon of an exec that came through the service waits for five minutes before it does, and
# ends with its control group.
await_cleanup() {
  for _ in $(seq 100); do
    grep -qasF -f <(printf '%s' "$1/root") /proc/[0-9]*/cmdline || return 0
    sleep 0.1
  done
  echo "processes still use $1" >&2
  return 1
}

remove_store() {
  local store id mounted
  store=$(readlink -f "$1")
  [ -f "$store/id" ] || { echo "$store holds no store" >&2; exit 1; }
  id=$(cat "$store/id")
  "$store/podman" rm --all --force --time 0 >/dev/null || true
  ip link delete "$id" 2>/dev/null || true
  remove_cgroups "$id"
  await_cleanup "$store"
  # Again: what has cleaned up meanwhile has made them again.
  remove_cgroups "$id"
  # Podman mounts this directory over itself for the network namespaces it names.
  if [ ! -e "$store/netns-was-mounted" ] && mountpoint -q /run/netns && [ -z "$(ls /run/netns)" ]; then
    umount /run/netns && rmdir /run/netns
  fi
  for mounted in $(awk -v under="$store/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r); do
    umount "$mounted"
  done
  rm -rf --one-file-system "$store"
}

case ${1-} in
  make) make_store "$2" "$3" ;;
  remove) remove_store "$2" ;;
  *) sed -n '/^#  /s/^#  //p' "$0" >&2; exit 2 ;;
esac
