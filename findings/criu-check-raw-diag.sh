#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CRIU 4.2.1 (Debian sid), a kernel without CONFIG_INET_RAW_DIAG (Linux 6.18).
#
# One would expect that `criu check --feature net_diag_raw` says whether the kernel tells of raw sockets over
# sock_diag(7).
# What happens: it says that this is supported, and ends with 0, where the kernel answers the question for
# raw sockets with ENOENT, for IPv4 and for IPv6, in the message that ends the list. The same kernel answers
# that for TCP.
#
# Why it matters: engines and tests ask `check` what they may rely on, and who compares an own check with this
# one finds a difference that is no fault of the own: ask the kernel.
source "$(dirname "$(readlink -f "$0")")/begin.sh"
python311
reference

cat >ask.py <<'PYTHON'
import errno, socket, struct, sys

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE = 1, 0x300, 3


def answer(family, protocol):
    question = struct.pack("BBBBI48x", family, protocol, 0, 0, 0xFFFFFFFF)
    head = struct.pack("IHHII", 16 + len(question), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
        netlink.send(head + question)
        said = netlink.recv(65536)
    # The end of a list says how it went.
    if struct.unpack_from("IH", said)[1] != NLMSG_DONE or struct.unpack_from("i", said, 16)[0] == 0:
        return "told"
    return errno.errorcode[-struct.unpack_from("i", said, 16)[0]]


print(*(answer(family, int(sys.argv[1])) for family in (socket.AF_INET, socket.AF_INET6)))
PYTHON

raw=$("$python" ask.py 255)
[ "$raw" = "told told" ] && cannot "this kernel tells of raw sockets"
expect "TCP sockets, IPv4 and IPv6" "$("$python" ask.py 6)" "told told"
expect "raw sockets, IPv4 and IPv6" "$raw" "ENOENT ENOENT"
expect "criu check --feature net_diag_raw, exit code" "$("$criu" check --feature net_diag_raw >output 2>&1; echo $?)" 0
