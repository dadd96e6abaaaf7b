// SPDX-License-Identifier: Apache-2.0

#include <sys/socket.h>
#include <asm/socket.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04 // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef SCM_SECURITY
#define SCM_SECURITY 0x03 // include/linux/socket.h
#endif
#ifndef SCM_CREDENTIALS
#define SCM_CREDENTIALS 0x02 // include/linux/socket.h
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76 // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82 // not in the 6.1 headers: since Linux 6.14
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 // not in the 6.1 headers: since Linux 6.16
#endif
// include/linux/socket.h; glibc shows it only under _GNU_SOURCE.
struct kernel_ucred { unsigned int pid, uid, gid; };

#include "layout.h"

CONST(Socket, AF_UNSPEC)
CONST(Socket, AF_UNIX)
CONST(Socket, AF_INET)
CONST(Socket, AF_INET6)
CONST(Socket, AF_BRIDGE)
CONST(Socket, AF_NETLINK)
CONST(Socket, AF_PACKET)
CONST(Socket, AF_VSOCK)
CONST(Socket, SOCK_STREAM)
CONST(Socket, SOCK_DGRAM)
CONST(Socket, SOCK_RAW)
CONST(Socket, SOCK_SEQPACKET)
CONST(Socket, SOCK_PACKET)
CONST(Socket, SOCK_NONBLOCK)
CONST(Socket, SOCK_CLOEXEC)
CONST(Socket, SHUT_RD)
CONST(Socket, SHUT_WR)
CONST(Socket, SHUT_RDWR)
CONST(Socket, MSG_OOB)
CONST(Socket, MSG_PEEK)
CONST(Socket, MSG_DONTROUTE)
CONST(Socket, MSG_CTRUNC)
CONST(Socket, MSG_TRUNC)
CONST(Socket, MSG_DONTWAIT)
CONST(Socket, MSG_EOR)
CONST(Socket, MSG_WAITALL)
CONST(Socket, MSG_NOSIGNAL)
CONST(Socket, MSG_MORE)
CONST(Socket, MSG_WAITFORONE)
CONST(Socket, MSG_CMSG_CLOEXEC)
CONST(Socket, SCM_RIGHTS)
CONST(Socket, SCM_CREDENTIALS)
CONST(Socket, SCM_SECURITY)
CONST(Socket, SCM_PIDFD)
CONST(Socket, SOL_SOCKET)
VALUE(Socket, SOL_IP, 0)
VALUE(Socket, SOL_TCP, 6)
VALUE(Socket, SOL_UDP, 17)
VALUE(Socket, SOL_IPV6, 41)
VALUE(Socket, SOL_ICMPV6, 58)
VALUE(Socket, SOL_UDPLITE, 136)
VALUE(Socket, SOL_RAW, 255)
CONST(Socket, SOL_PACKET)
CONST(Socket, SOL_NETLINK)
CONST(Socket, SO_DEBUG)
CONST(Socket, SO_REUSEADDR)
CONST(Socket, SO_TYPE)
CONST(Socket, SO_DONTROUTE)
CONST(Socket, SO_BROADCAST)
CONST(Socket, SO_SNDBUF)
CONST(Socket, SO_RCVBUF)
CONST(Socket, SO_SNDBUFFORCE)
CONST(Socket, SO_RCVBUFFORCE)
CONST(Socket, SO_KEEPALIVE)
CONST(Socket, SO_OOBINLINE)
CONST(Socket, SO_NO_CHECK)
CONST(Socket, SO_PRIORITY)
CONST(Socket, SO_LINGER)
CONST(Socket, SO_BSDCOMPAT)
CONST(Socket, SO_REUSEPORT)
CONST(Socket, SO_PASSCRED)
CONST(Socket, SO_PEERCRED)
CONST(Socket, SO_RCVLOWAT)
CONST(Socket, SO_SNDLOWAT)
CONST(Socket, SO_RCVTIMEO_OLD)
CONST(Socket, SO_SNDTIMEO_OLD)
CONST(Socket, SO_BINDTODEVICE)
CONST(Socket, SO_ATTACH_FILTER)
CONST(Socket, SO_GET_FILTER)
CONST(Socket, SO_DETACH_FILTER)
CONST(Socket, SO_PEERNAME)
CONST(Socket, SO_TIMESTAMP_OLD)
CONST(Socket, SO_ACCEPTCONN)
CONST(Socket, SO_PEERSEC)
CONST(Socket, SO_PASSSEC)
CONST(Socket, SO_TIMESTAMPNS_OLD)
CONST(Socket, SO_MARK)
CONST(Socket, SO_TIMESTAMPING_OLD)
CONST(Socket, SO_PROTOCOL)
CONST(Socket, SO_DOMAIN)
CONST(Socket, SO_RXQ_OVFL)
CONST(Socket, SO_WIFI_STATUS)
CONST(Socket, SO_PEEK_OFF)
CONST(Socket, SO_NOFCS)
CONST(Socket, SO_LOCK_FILTER)
CONST(Socket, SO_SELECT_ERR_QUEUE)
CONST(Socket, SO_BUSY_POLL)
CONST(Socket, SO_MAX_PACING_RATE)
CONST(Socket, SO_BPF_EXTENSIONS)
CONST(Socket, SO_INCOMING_CPU)
CONST(Socket, SO_ATTACH_BPF)
CONST(Socket, SO_COOKIE)
CONST(Socket, SO_PEERGROUPS)
CONST(Socket, SO_ZEROCOPY)
CONST(Socket, SO_TXTIME)
CONST(Socket, SO_BINDTOIFINDEX)
CONST(Socket, SO_TIMESTAMP_NEW)
CONST(Socket, SO_TIMESTAMPNS_NEW)
CONST(Socket, SO_TIMESTAMPING_NEW)
CONST(Socket, SO_RCVTIMEO_NEW)
CONST(Socket, SO_SNDTIMEO_NEW)
CONST(Socket, SO_PREFER_BUSY_POLL)
CONST(Socket, SO_NETNS_COOKIE)
CONST(Socket, SO_BUF_LOCK)
CONST(Socket, SO_RESERVE_MEM)
CONST(Socket, SO_TXREHASH)
CONST(Socket, SO_RCVMARK)
CONST(Socket, SO_PASSPIDFD)
CONST(Socket, SO_PEERPIDFD)
CONST(Socket, SO_PASSRIGHTS)
CONST(Socket, SO_RCVPRIORITY)
VALUE(Socket, SOCK_SNDBUF_LOCK, 1)
VALUE(Socket, SOCK_RCVBUF_LOCK, 2)

SIZE(Socket, Msghdr, struct msghdr)
FIELD(Socket, Msghdr, msg_name, struct msghdr, msg_name)
FIELD(Socket, Msghdr, msg_namelen, struct msghdr, msg_namelen)
FIELD(Socket, Msghdr, msg_iov, struct msghdr, msg_iov)
FIELD(Socket, Msghdr, msg_iovlen, struct msghdr, msg_iovlen)
FIELD(Socket, Msghdr, msg_control, struct msghdr, msg_control)
FIELD(Socket, Msghdr, msg_controllen, struct msghdr, msg_controllen)
FIELD(Socket, Msghdr, msg_flags, struct msghdr, msg_flags)

SIZE(Socket, Cmsghdr, struct cmsghdr)
FIELD(Socket, Cmsghdr, cmsg_len, struct cmsghdr, cmsg_len)
FIELD(Socket, Cmsghdr, cmsg_level, struct cmsghdr, cmsg_level)
FIELD(Socket, Cmsghdr, cmsg_type, struct cmsghdr, cmsg_type)

SIZE(Socket, Ucred, struct kernel_ucred)
FIELD(Socket, Ucred, pid, struct kernel_ucred, pid)
FIELD(Socket, Ucred, uid, struct kernel_ucred, uid)
FIELD(Socket, Ucred, gid, struct kernel_ucred, gid)

SIZE(Socket, Linger, struct linger)
FIELD(Socket, Linger, l_onoff, struct linger, l_onoff)
FIELD(Socket, Linger, l_linger, struct linger, l_linger)
