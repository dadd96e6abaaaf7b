#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, asked by Debian 12's Python.
#
# One would expect that options of an accepted TCP socket are the listener's or the kernel's defaults.
# What happens: its IP_MULTICAST_TTL is the TTL of the packet that completed the handshake: 64 for most, 7 if
# the peer has set that, whatever the SYN had. The listener and the connecting socket have the default
# of 1, and IP_TTL is untouched. Nobody has set it, and TCP sends nothing to a group.
#
# Why it matters: a comparison of options with their defaults takes almost every accepted connection for one
# that its program has set up, and an option that differs from connection to connection is no fault of a
# restore. What getsockopt(2) tells is to be returned as it is.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >accept.py <<'PYTHON'
import socket, sys

listener = socket.create_server(("127.0.0.1", 0))
# Until data come there is no connection.
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 60)
client = socket.socket()
ttls = [int(ttl) for ttl in sys.argv[1:]]
if ttls:
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttls[0])
client.connect(listener.getsockname())
if ttls:
    client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttls[-1])
client.send(b"data")
accepted, _ = listener.accept()
for name, end in ("listener", listener), ("client", client), ("accepted", accepted):
    print(name, end.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL), end=" ")
print("accepted IP_TTL", accepted.getsockopt(socket.IPPROTO_IP, socket.IP_TTL))
PYTHON

default=$(cat /proc/sys/net/ipv4/ip_default_ttl)

# seen WHAT TTL [ARGUMENT...]
seen() {
  local what=$1 ttl=$2
  shift 2
  expect "multicast TTL, $what" "$("$python" accept.py "$@")" \
    "listener 1 client 1 accepted $ttl accepted IP_TTL $default"
}

seen "client has the default TTL" "$default"
seen "client has TTL 7" 7 7
seen "client has TTL 200" 200 200
seen "client changes its TTL from 7 to 9 after the SYN" 9 7 9
