/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-local: sockets of other families than those of the internet.
 */
#include "properties.h"
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <poll.h>
#include <sys/time.h>
#include <sys/un.h>

enum { STREAM = 1, DATAGRAM = 2, SEQUENCE = 4, LISTENER = 8, NETLINK = 16, PACKET = 32, UNIX = 7 };

#define SOCKET(name, number, value, on) { #name, &sock, SOL_SOCKET, number, value, on }
#define OPTION(level, name, number, value, on) { #name, &sock, level, number, value, on }

static const struct option options[] = {
	SOCKET(SO_BUF_LOCK, 72, NUMBER(1), UNIX | NETLINK),
	SOCKET(SO_SNDBUF, SO_SNDBUF, NUMBER(40000), UNIX | LISTENER | NETLINK),
	SOCKET(SO_RCVBUF, SO_RCVBUF, NUMBER(50000), UNIX | LISTENER | NETLINK),
	SOCKET(SO_REUSEADDR, SO_REUSEADDR, NUMBER(1), STREAM),
	SOCKET(SO_BROADCAST, SO_BROADCAST, NUMBER(1), DATAGRAM),
	SOCKET(SO_KEEPALIVE, SO_KEEPALIVE, NUMBER(1), STREAM),
	SOCKET(SO_OOBINLINE, SO_OOBINLINE, NUMBER(1), STREAM),
	SOCKET(SO_PRIORITY, SO_PRIORITY, NUMBER(5), UNIX | NETLINK),
	SOCKET(SO_LINGER, SO_LINGER, BYTES(struct linger, 1, 7), STREAM),
	SOCKET(SO_PASSCRED, SO_PASSCRED, NUMBER(1), UNIX | LISTENER | NETLINK),
	SOCKET(SO_PASSSEC, SO_PASSSEC, NUMBER(1), UNIX | LISTENER),
	SOCKET(SO_PASSPIDFD, 76, NUMBER(1), UNIX | LISTENER),
	SOCKET(SO_PASSRIGHTS, 83, NUMBER(0), UNIX | LISTENER),
	SOCKET(SO_RCVLOWAT, SO_RCVLOWAT, NUMBER(3), STREAM),
	SOCKET(SO_RCVTIMEO, SO_RCVTIMEO, BYTES(struct timeval, 11, 0), UNIX | NETLINK),
	SOCKET(SO_SNDTIMEO, SO_SNDTIMEO, BYTES(struct timeval, 12, 0), UNIX | NETLINK),
	SOCKET(SO_TIMESTAMP, SO_TIMESTAMP, NUMBER(1), DATAGRAM | NETLINK),
	SOCKET(SO_MARK, SO_MARK, NUMBER(77), UNIX | NETLINK),
	SOCKET(SO_PEEK_OFF, SO_PEEK_OFF, NUMBER(2), UNIX),
	SOCKET(SO_LOCK_FILTER, SO_LOCK_FILTER, NUMBER(1), DATAGRAM | NETLINK),
	SOCKET(SO_MAX_PACING_RATE, 47, BYTES(uint64_t, 7654321), STREAM),
	SOCKET(SO_SELECT_ERR_QUEUE, SO_SELECT_ERR_QUEUE, NUMBER(1), STREAM),
	SOCKET(SO_RXQ_OVFL, SO_RXQ_OVFL, NUMBER(1), DATAGRAM | NETLINK),
	OPTION(SOL_NETLINK, NETLINK_PKTINFO, 3, NUMBER(1), NETLINK),
	OPTION(SOL_NETLINK, NETLINK_BROADCAST_ERROR, 4, NUMBER(1), NETLINK),
	OPTION(SOL_NETLINK, NETLINK_NO_ENOBUFS, 5, NUMBER(1), NETLINK),
	OPTION(SOL_NETLINK, NETLINK_CAP_ACK, 10, NUMBER(1), NETLINK),
	OPTION(SOL_NETLINK, NETLINK_EXT_ACK, 11, NUMBER(1), NETLINK),
	OPTION(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 12, NUMBER(1), NETLINK),
	OPTION(SOL_PACKET, PACKET_AUXDATA, 8, NUMBER(1), PACKET),
	OPTION(SOL_PACKET, PACKET_ORIGDEV, 9, NUMBER(1), PACKET),
	OPTION(SOL_PACKET, PACKET_VNET_HDR, 15, NUMBER(1), PACKET),
	OPTION(SOL_PACKET, PACKET_IGNORE_OUTGOING, 23, NUMBER(1), PACKET),
	OPTION(SOL_PACKET, PACKET_RESERVE, 12, NUMBER(8), PACKET),
	OPTION(SOL_PACKET, PACKET_LOSS, 14, NUMBER(1), PACKET),
	OPTION(SOL_PACKET, PACKET_TIMESTAMP, 17, NUMBER(16), PACKET),
};

static void set_options(unsigned on)
{
	for (const struct option *option = options; option < options + sizeof(options) / sizeof(*options); option++)
		if (option->on & on)
			property(option->name, set_option, get_option, option);
}

static int get_address(char *value, const void *of)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof(address);

	if ((of ? getpeername : getsockname)(sock, (struct sockaddr *)&address, &length))
		return -1;
	return say_bytes(value, &address, length);
}

static int get_events(char *value, const void *of)
{
	struct pollfd events = { sock, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0 };

	(void)of;
	return poll(&events, 1, 0) < 0 ? -1 : say(value, "%x", events.revents);
}

static int get_peeked(char *value, const void *of)
{
	char data[100] = "", control[200] = "";
	struct iovec vector = { data, sizeof(data) - 1 };
	struct sockaddr_un from = { 0 };
	struct msghdr message = { &from, sizeof(from), &vector, 1, control, sizeof(control), 0 };
	int length = recvmsg(sock, &message, MSG_PEEK | MSG_DONTWAIT);

	if (length < 0)
		return -1;
	switch (*(const char *)of) {
	case 'f':
		return say(value, "%s", from.sun_path);
	case 'c': {
		struct ucred *sender = (struct ucred *)CMSG_DATA((struct cmsghdr *)control);

		return message.msg_controllen ? say(value, "%d %u %u", sender->pid == getpid(), sender->uid, sender->gid) :
						say(value, "none");
	}
	case 'r': {
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		int *fd = header ? (int *)CMSG_DATA(header) : NULL;

		if (!fd || header->cmsg_type != SCM_RIGHTS)
			return say(value, "none");
		close(*fd);
		return say(value, "a descriptor");
	}
	default:
		return say(value, "%s", data);
	}
}

static int send_text(const void *of)
{
	return send(peer, of, strlen(of), 0);
}

static int send_urgent(const void *of)
{
	return send(peer, of, 1, MSG_OOB);
}

static int send_rights(const void *of)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	struct iovec vector = { (char *)of, strlen(of) };
	struct msghdr message = { NULL, 0, &vector, 1, &control, sizeof(control), 0 };
	int fd = 0;

	control.header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(peer, &message, 0);
}

static int get_credentials(char *value, const void *of)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	(void)of;
	return getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &credentials, &length) ?
		       -1 :
		       say(value, "%d %u %u", credentials.pid == getpid(), credentials.uid, credentials.gid);
}

static int get_inode(char *value, const void *of)
{
	struct stat stat;

	(void)of;
	return fstat(sock, &stat) ? -1 : say(value, "%lu", stat.st_ino);
}

static const struct option cookie = { "", &sock, SOL_SOCKET, 57, BYTES(uint64_t, 0), 0 };

static void pair(int type)
{
	int both[2];

	if (socketpair(AF_UNIX, type, 0, both))
		die("socketpair");
	sock = both[0];
	peer = both[1];
}

static void stream(void)
{
	pair(SOCK_STREAM);
	set_options(STREAM);
	property("credentials of the peer", NULL, get_credentials, NULL);
	property("inode number", NULL, get_inode, NULL);
	property("socket cookie", NULL, get_option, &cookie);
}

static void datagram(void)
{
	pair(SOCK_DGRAM);
	set_options(DATAGRAM);
}

static void sequence(void)
{
	pair(SOCK_SEQPACKET);
	set_options(SEQUENCE);
}

static struct sockaddr_un at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory, name);
	return address;
}

static int bind_to(int fd, const char *name)
{
	struct sockaddr_un address = at(name);

	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int get_names(char *value, const void *of)
{
	struct sockaddr_un address = at(of);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), accepted = -1;
	bool reached = client >= 0 && !connect(client, (struct sockaddr *)&address, sizeof(address));

	if (reached)
		accepted = accept(sock, NULL, NULL);
	close(accepted);
	close(client);
	return say(value, "%s", reached ? "leads to it" : "leads nowhere");
}

static int get_mode(char *value, const void *of)
{
	struct stat stat;

	return lstat(in_directory(of), &stat) ? -1 : say(value, "%o %u", stat.st_mode, stat.st_uid);
}

static int get_backlog(char *value, const void *of)
{
	(void)of;
	return get_events(value, NULL);
}

static void listener(void)
{
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	set_options(LISTENER);
	if (bind_to(sock, "listener") || chmod(in_directory("listener"), 0640) || listen(sock, 7))
		die("listen");
	property("address", NULL, get_address, NULL);
	property("name in the file system", NULL, get_names, "listener");
	property("mode of the name", NULL, get_mode, "listener");
	property("readiness", NULL, get_backlog, NULL);
}

static int connect_to_it(const void *of)
{
	struct sockaddr_un address = at(of);

	peer = socket(AF_UNIX, SOCK_STREAM, 0);
	return connect(peer, (struct sockaddr *)&address, sizeof(address));
}

static int send_nothing(const void *of)
{
	return send(peer, of, 0, 0);
}

static int close_peer(const void *of)
{
	int done = close(peer);

	(void)of;
	peer = -1;
	return done;
}

static int shut(const void *of)
{
	return shutdown(sock, *(const int *)of);
}

static const int shut_read = SHUT_RD;

static int rename_name(const void *of)
{
	(void)of;
	return rename(in_directory("first"), in_directory("second"));
}

static int remove_name(const void *of)
{
	return unlink(in_directory(of));
}

static void listen_at(const char *name)
{
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind_to(sock, name) || listen(sock, 7))
		die("listen");
}

/* Two with names, one of which is connected to the other, which wants to know who sends. */
static void receiver(const char *name, const char *sender)
{
	struct sockaddr_un address = at(name);
	int on = 1;

	sock = socket(AF_UNIX, SOCK_DGRAM, 0);
	peer = socket(AF_UNIX, SOCK_DGRAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (bind_to(sock, name) || bind_to(peer, sender) || connect(peer, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
}

static void states(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	property("socket without a name", NULL, get_events, NULL);
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path + 1, 50, "torpor-%d", getpid());
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)) || listen(sock, 7))
		die("listen");
	property("abstract name", NULL, get_address, NULL);
	listen_at("gone");
	property("removed name", remove_name, get_names, "gone");
	listen_at("first");
	property("renamed name", rename_name, get_names, "second");
	listen_at("queue");
	property("connection to be accepted", connect_to_it, get_events, "queue");
	pair(SOCK_STREAM);
	property("reading shut down", shut, get_events, &shut_read);
	pair(SOCK_STREAM);
	property("peer that is gone", close_peer, get_events, NULL);
	pair(SOCK_STREAM);
	property("waiting bytes", send_text, get_peeked, "text");
	pair(SOCK_STREAM);
	property("urgent byte", send_urgent, get_events, "!");
	pair(SOCK_STREAM);
	property("descriptor in flight", send_rights, get_peeked, "rights");
	pair(SOCK_SEQPACKET);
	property("empty message", send_nothing, get_peeked, "empty");
	receiver("one", "of-one");
	property("waiting message", send_text, get_peeked, "text");
	receiver("two", "of-two");
	property("sender of a message", send_text, get_peeked, "from");
	receiver("three", "of-three");
	property("credentials of a message", send_text, get_peeked, "credentials");
}

/* Netlink and packet sockets. */

static int join_group(const void *of)
{
	return setsockopt(sock, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, of, sizeof(int));
}

static int get_groups(char *value, const void *of)
{
	unsigned char groups[16] = { 0 };
	socklen_t length = sizeof(groups);

	(void)of;
	return getsockopt(sock, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length) ?
		       -1 :
		       say_bytes(value, groups, sizeof(groups));
}

static const int high_group = 33, low_group = RTNLGRP_LINK;

static void netlink(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };

	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	set_options(NETLINK);
	if (bind(sock, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	property("address", NULL, get_address, NULL);
	property("group", join_group, get_groups, &low_group);
	property("group above 32", join_group, get_groups, &high_group);
}

static int ask_kernel(const void *of)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg message;
	} request = { { sizeof(request), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 }, { AF_UNSPEC } };

	(void)of;
	return send(sock, &request, sizeof(request), 0);
}

static void packet(void)
{
	sock = socket(AF_PACKET, SOCK_RAW, 0);
	set_options(PACKET);
	property("type of packet socket", NULL, get_events, NULL);
}

static int make(const void *of)
{
	const int *parameters = of;

	sock = socket(parameters[0], parameters[1], parameters[2]);
	return sock;
}

static int get_kind(char *value, const void *of)
{
	int number = -1;
	socklen_t length = sizeof(number);

	(void)of;
	return getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &number, &length) ? -1 : say(value, "%d", number);
}

static const int vsock[] = { AF_VSOCK, SOCK_STREAM, 0 }, crypto[] = { AF_ALG, SOCK_SEQPACKET, 0 },
		 multipath[] = { AF_INET, SOCK_STREAM, 262 }, express[] = { 44, SOCK_RAW, 0 },
		 generic[] = { AF_NETLINK, SOCK_RAW, NETLINK_GENERIC }, ping[] = { AF_INET, SOCK_DGRAM, 1 };

static void rare(void)
{
	property("AF_VSOCK", make, get_kind, vsock);
	sock = -1;
	property("AF_ALG", make, get_kind, crypto);
	sock = -1;
	property("multipath TCP", make, get_kind, multipath);
	sock = -1;
	property("AF_XDP", make, get_kind, express);
	sock = -1;
	property("generic netlink", make, get_kind, generic);
	sock = -1;
	property("ICMP (ping)", make, get_kind, ping);
	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	property("unread answer of netlink", ask_kernel, get_events, NULL);
}

static const struct group groups[] = {
	{ "unix-stream", stream },
	{ "unix-datagram", datagram },
	{ "unix-seqpacket", sequence },
	{ "unix-listener", listener },
	{ "unix-states", states },
	{ "netlink", netlink },
	{ "packet", packet },
	{ "rare-sockets", rare },
};

SERVE(groups)
