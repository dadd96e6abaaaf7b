#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc 1.1.5 (Debian 12), CRIU 4.2.1 (Debian sid).
#
# One would expect an OCI hook to be able to tell what it is called for, and the same hooks at a restore
# as at a start.
# What happens: of the hooks of a start only prestart and createRuntime run at a restore; createContainer and
# poststart do not. And createRuntime reads the status "stopped" on its standard input, with the pid of
# a process that lives; at a start it is "creating". Nothing at all runs before a checkpoint; poststop
# runs after it.
#
# Why it matters: a hook that prepares a container (devices, networks, mounts) is left out, or takes the
# container for dead. Hooks cannot influence a checkpoint; and "stopped" with a pid is the only sign of a
# restore in what a hook is told.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
debian runc=1.1.5+ds1-1+deb12u1 busybox-static=1:1.35.0-4+deb12u1+b1
reference
PATH=${criu%/*}:$PATH
name=finding-$$

runc() {
  "$work/root/usr/sbin/runc" --root "$work/state" --log "$work/runc.log" "$@" </dev/null >/dev/null 2>&1 ||
    { cat runc.log >&2; cannot "runc $1 failed"; }
}

leave() {
  "$work/root/usr/sbin/runc" --root "$work/state" delete --force "$name" 2>/dev/null || true
  finish
}
trap leave EXIT

mkdir -p bundle/rootfs/bin bundle/rootfs/proc
cp root/bin/busybox bundle/rootfs/bin/
cat >hook <<HOOK
#!/bin/sh
state=\$(cat)
status=\$(echo "\$state" | sed 's/.*"status":"\([a-z]*\)".*/\1/')
process=\$(echo "\$state" | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
[ "\$1" = createContainer ] || { [ -n "\$process" ] && [ -d "/proc/\$process" ] && alive=" alive"; }
echo "\$1 \$status\$alive" >>$work/calls
HOOK
chmod +x hook
hooks=
for stage in prestart createRuntime createContainer poststart poststop; do
  hooks+="${hooks:+,} \"$stage\": [{\"path\": \"$work/hook\", \"args\": [\"hook\", \"$stage\"], \"env\": [\"PATH=$PATH\"]}]"
done
cat >bundle/config.json <<JSON
{"ociVersion": "1.0.2",
 "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/busybox", "sleep", "600"]},
 "root": {"path": "rootfs"},
 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
 "hooks": {$hooks},
 "linux": {"namespaces": [
   {"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}]}}
JSON

# The hooks that have run since the last look.
calls() {
  paste -sd, calls
  : >calls
}

runc run --detach --bundle bundle "$name"
expect "hooks of a start" "$(calls)" \
  "prestart creating alive,createRuntime creating alive,createContainer creating,poststart created alive"
runc checkpoint --image-path "$work/images" --work-path "$work/images" "$name"
expect "hooks of a checkpoint" "$(calls)" "poststop stopped"
runc restore --detach --bundle bundle --image-path "$work/images" --work-path "$work/images" "$name"
expect "hooks of a restore" "$(calls)" "prestart stopped alive,createRuntime stopped alive"
