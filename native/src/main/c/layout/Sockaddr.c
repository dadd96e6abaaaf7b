// SPDX-License-Identifier: Apache-2.0

#include <sys/socket.h>
#include <linux/un.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/if_packet.h>
typedef struct sockaddr_storage sockaddr_storage;

#include "layout.h"

CONST(Sockaddr, UNIX_PATH_MAX)
VALUE(Sockaddr, STORAGE_BYTES, sizeof(sockaddr_storage))

SIZE(Sockaddr, SockaddrUn, struct sockaddr_un)
FIELD(Sockaddr, SockaddrUn, sun_family, struct sockaddr_un, sun_family)
FIELD(Sockaddr, SockaddrUn, sun_path, struct sockaddr_un, sun_path)

SIZE(Sockaddr, SockaddrIn, struct sockaddr_in)
FIELD(Sockaddr, SockaddrIn, sin_family, struct sockaddr_in, sin_family)
FIELD(Sockaddr, SockaddrIn, sin_port, struct sockaddr_in, sin_port)
FIELD(Sockaddr, SockaddrIn, sin_addr, struct sockaddr_in, sin_addr)

SIZE(Sockaddr, SockaddrIn6, struct sockaddr_in6)
FIELD(Sockaddr, SockaddrIn6, sin6_family, struct sockaddr_in6, sin6_family)
FIELD(Sockaddr, SockaddrIn6, sin6_port, struct sockaddr_in6, sin6_port)
FIELD(Sockaddr, SockaddrIn6, sin6_flowinfo, struct sockaddr_in6, sin6_flowinfo)
FIELD(Sockaddr, SockaddrIn6, sin6_addr, struct sockaddr_in6, sin6_addr)
FIELD(Sockaddr, SockaddrIn6, sin6_scope_id, struct sockaddr_in6, sin6_scope_id)

SIZE(Sockaddr, SockaddrNl, struct sockaddr_nl)
FIELD(Sockaddr, SockaddrNl, nl_family, struct sockaddr_nl, nl_family)
FIELD(Sockaddr, SockaddrNl, nl_pid, struct sockaddr_nl, nl_pid)
FIELD(Sockaddr, SockaddrNl, nl_groups, struct sockaddr_nl, nl_groups)

SIZE(Sockaddr, SockaddrLl, struct sockaddr_ll)
FIELD(Sockaddr, SockaddrLl, sll_family, struct sockaddr_ll, sll_family)
FIELD(Sockaddr, SockaddrLl, sll_protocol, struct sockaddr_ll, sll_protocol)
FIELD(Sockaddr, SockaddrLl, sll_ifindex, struct sockaddr_ll, sll_ifindex)
FIELD(Sockaddr, SockaddrLl, sll_hatype, struct sockaddr_ll, sll_hatype)
FIELD(Sockaddr, SockaddrLl, sll_pkttype, struct sockaddr_ll, sll_pkttype)
FIELD(Sockaddr, SockaddrLl, sll_halen, struct sockaddr_ll, sll_halen)
FIELD(Sockaddr, SockaddrLl, sll_addr, struct sockaddr_ll, sll_addr)
