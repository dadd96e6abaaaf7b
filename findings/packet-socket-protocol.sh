#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Linux 6.18, Python 3.11.
#
# One would expect SO_PROTOCOL to tell the protocol of any socket (socket(7)), as it does for a raw one. What
# happens: of a packet socket it is 0, with whatever protocol it was made or bound, while it gets packets of
# that protocol alone. getsockname(2) tells the real one.
#
# Why it matters: who makes a socket again from SO_DOMAIN, SO_TYPE and SO_PROTOCOL, the three that say how a
# socket was made, gets a packet socket that sees nothing: 0 is no wildcard there, but "not bound yet".
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311

cat >target.py <<'PYTHON'
import ctypes, socket

SO_PROTOCOL = 38
ETH_P_IP, ETH_P_ARP = 0x0800, 0x0806
assert ctypes.CDLL(None).unshare(0x40000000) == 0  # a network of its own

def of(one):
    return one.getsockopt(socket.SOL_SOCKET, SO_PROTOCOL)

made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
bound = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
bound.bind(("lo", ETH_P_IP))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
print("raw %d, packet %d and %d" % (of(raw), of(made), of(bound)))
print("%#06x and %#06x" % (made.getsockname()[1], bound.getsockname()[1]))
PYTHON
[ "$(id -u)" -eq 0 ] || cannot "a packet socket needs root"
"$python" target.py >seen
expect "SO_PROTOCOL of a raw socket of protocol 89 and of two packet sockets" "$(sed -n 1p seen)" "raw 89, packet 0 and 0"
expect "by getsockname" "$(sed -n 2p seen)" "0x0806 and 0x0800"
