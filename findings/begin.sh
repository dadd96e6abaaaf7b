# SPDX-License-Identifier: Apache-2.0
# What every finding begins with, to be sourced: a temporary folder that goes away with what was
# started in it, pinned packages, and the comparison with what is expected.
#
# Exit status: 0 as described, 1 the behaviour has changed, 2 it cannot be tried here.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
started=()
kernel_cache=
cd "$work"

# What is started gets nothing of the caller but 0, 1 and 2; 255 is this script.
for descriptor in /proc/self/fd/*; do
  descriptor=${descriptor##*/}
  [ "$descriptor" -le 2 ] || [ "$descriptor" -eq 255 ] || eval "exec $descriptor>&-"
done

# Ends only what still works in the folder: a pid may have been given to somebody else by then.
finish() {
  local pid
  for pid in "${started[@]}"; do
    case $(readlink "/proc/$pid/cwd" || true) in
      "$work"*) kill -KILL "$pid" && tail --pid="$pid" -f /dev/null ;;
    esac
    # What a JVM leaves that is killed.
    rm -f "/tmp/hsperfdata_$(id -un)/$pid"
  done 2>/dev/null
  [ -z "$kernel_cache" ] || rm -f "$kernel_cache"
  cd /
  rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 2' INT TERM HUP

cannot() {
  echo "cannot be tried: $*" >&2
  exit 2
}

# expect WHAT SEEN WANTED
expect() {
  echo "$1: $2"
  [ "$2" = "$3" ] && return
  echo "changed: $1 was: $3" >&2
  exit 1
}

# start COMMAND...: runs it in the background, away from terminal and descriptors of the caller, and
# sets pid.
start() {
  setsid "$@" </dev/null >>output 2>&1 &
  pid=$!
  disown
  started+=("$pid")
}

# wait_for COMMAND...: until it succeeds, ten seconds at most.
wait_for() {
  local tries
  for tries in {1..200}; do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  cat output >&2 || true
  cannot "this did not come true in ten seconds: $*"
}

# Packages of the Debian that this machine runs, unpacked below root, not installed.
debian() {
  (mkdir -p deb root && cd deb && apt-get -qq -o APT::Sandbox::User=root download "$@") ||
    cannot "this Debian has another version by now: $*"
  local package
  for package in deb/*.deb; do dpkg -x "$package" root; done
}

# The Python of Debian 12, as installed; sets python.
python311() {
  python=/usr/bin/python3.11
  [ -x "$python" ] || cannot "it needs Debian 12's python3"
}

# GROUP:ARTIFACT:VERSION... from Maven Central, into jars.
maven() {
  local artifact
  for artifact; do
    mvn -q -B -Dmaven.repo.local="$work/repository" dependency:copy -Dartifact="$artifact" \
      -DoutputDirectory="$work/jars" >maven.log 2>&1 ||
      { cat maven.log >&2; cannot "Maven did not give $artifact"; }
  done
}

# The Java of Debian 12, at root; sets java. Debian's jre has the compiler too, without a command.
openjdk17() {
  debian openjdk-17-jre-headless=17.0.19+10-1~deb12u2
  local home=$work/root/usr/lib/jvm/java-17-openjdk-amd64 link
  # Its configuration lies in /etc, by absolute links.
  find "$home" -type l -lname '/etc/*' | while read -r link; do
    ln -snf "$work/root$(readlink "$link")" "$link"
  done
  java=$home/bin/java
}

compile() {
  "$java" -m jdk.compiler/com.sun.tools.javac.Main "$@"
}

# Debian sid's CRIU 4.2.1 and Python; sets criu and sid_python. Kept in $TORPOR_CACHE if that is set.
# What is to be restored must not run by sid_python: CRIU cannot return a process whose program is the
# very loader that it runs by itself.
reference() {
  [ "$(id -u)" -eq 0 ] || cannot "CRIU needs root"
  local reference libraries
  # CRIU keeps what it has found out about the kernel.
  [ -e /run/criu.kdat ] || kernel_cache=/run/criu.kdat
  reference=$(TORPOR_CACHE=${TORPOR_CACHE:-$work/cache} "$here/../tests/scripts/reference-root.sh")
  criu=$reference/bin/criu sid_python=$work/sid-python
  "$criu" --version | grep -qx 'Version: 4.2.1' || cannot "Debian sid has another CRIU by now"
  libraries=$reference/root/usr/lib/x86_64-linux-gnu
  cat >sid-python <<WRAPPER
#!/bin/sh
export PYTHONHOME=$reference/root/usr PYTHONDONTWRITEBYTECODE=1
exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries $reference/root/usr/bin/python3 "\$@"
WRAPPER
  chmod +x sid-python
}

# dump [OPTION...] and restore [OPTION...] of pid by CRIU; images and logs in images.
dump() {
  mkdir -p images
  "$criu" dump -t "$pid" -D images -o dump.log "$@" || { cat images/dump.log >&2; return 1; }
}

restore() {
  "$criu" restore -d -D images -o restore.log "$@" || { cat images/restore.log >&2; return 1; }
}

# runc_bundle [MOUNT...]: Debian 12's runc, and a bundle whose container sleeps; sets name. What is mounted
# beside /proc is given as JSON. The container goes away with the folder.
runc_bundle() {
  debian runc=1.1.5+ds1-1+deb12u1 busybox-static=1:1.35.0-4+deb12u1+b1
  reference
  PATH=${criu%/*}:$PATH
  name=finding-$$
  trap leave_runc EXIT
  mkdir -p bundle/rootfs/bin bundle/rootfs/proc
  cp root/bin/busybox bundle/rootfs/bin/
  local mount mounts='{"destination": "/proc", "type": "proc", "source": "proc"}'
  for mount; do mounts+=", $mount"; done
  cat >bundle/config.json <<JSON
{"ociVersion": "1.0.2",
 "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/busybox", "sleep", "600"]},
 "root": {"path": "rootfs"},
 "mounts": [$mounts],
 "linux": {"namespaces": [
   {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]}}
JSON
}

runc() {
  "$work/root/usr/sbin/runc" --root "$work/state" --log "$work/runc.log" "$@" </dev/null 2>&1
}

# The same of which only the exit status counts.
quiet_runc() {
  runc "$@" >/dev/null
}

leave_runc() {
  quiet_runc delete --force "$name" || true
  finish
}
