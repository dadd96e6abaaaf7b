/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-inet: sockets of IPv4 and IPv6, each with all options that such a socket has.
 */
#include "properties.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/time.h>

enum {
	LISTENER = 1,
	CONNECTED = 2,
	UDP = 4,
	LISTENER6 = 8,
	CONNECTED6 = 16,
	UDP6 = 32,
	TCP4 = LISTENER | CONNECTED,
	TCP6 = LISTENER6 | CONNECTED6,
	TCP = TCP4 | TCP6,
	DATAGRAM = UDP | UDP6,
	V4 = TCP4 | UDP,
	V6 = TCP6 | UDP6,
	NONE6 = LISTENER | CONNECTED | UDP,
	ANY = TCP | DATAGRAM,
	UDP_LITE = 128,
	RAW = 256,
	/* Set when the socket listens or is connected, not before it is bound. */
	LATE = 64,
};

#define SOCKET(name, value, on) { #name, &sock, SOL_SOCKET, name, value, on }
#define SOCKET_NUMBERED(name, number, value, on) { #name, &sock, SOL_SOCKET, number, value, on }
#define OPTION(level, name, number, value, on) { #name, &sock, level, number, value, on }

static const struct option options[] = {
	SOCKET(SO_DEBUG, NUMBER(1), LISTENER | UDP),
	SOCKET(SO_REUSEADDR, NUMBER(1), ANY),
	SOCKET(SO_REUSEPORT, NUMBER(1), LISTENER | UDP | LISTENER6),
	SOCKET(SO_DONTROUTE, NUMBER(1), ANY),
	SOCKET(SO_BROADCAST, NUMBER(1), DATAGRAM | LISTENER),
	SOCKET_NUMBERED(SO_BUF_LOCK, 72, NUMBER(1), ANY),
	SOCKET(SO_SNDBUF, NUMBER(40000), ANY),
	SOCKET(SO_RCVBUF, NUMBER(50000), ANY),
	SOCKET(SO_KEEPALIVE, NUMBER(1), TCP),
	SOCKET(SO_OOBINLINE, NUMBER(1), TCP),
	SOCKET(SO_NO_CHECK, NUMBER(1), UDP),
	SOCKET(SO_PRIORITY, NUMBER(5), ANY),
	SOCKET(SO_LINGER, BYTES(struct linger, 1, 7), ANY),
	SOCKET(SO_RCVLOWAT, NUMBER(3), ANY),
	SOCKET(SO_RCVTIMEO, BYTES(struct timeval, 11, 0), ANY),
	SOCKET(SO_SNDTIMEO, BYTES(struct timeval, 12, 0), ANY),
	SOCKET(SO_TIMESTAMP, NUMBER(1), ANY),
	SOCKET_NUMBERED(SO_TIMESTAMPING, 37, NUMBER(SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE), ANY),
	SOCKET(SO_MARK, NUMBER(77), ANY),
	SOCKET(SO_RXQ_OVFL, NUMBER(1), ANY),
	SOCKET(SO_WIFI_STATUS, NUMBER(1), UDP),
	SOCKET(SO_PEEK_OFF, NUMBER(2), TCP | UDP | UDP6),
	SOCKET(SO_NOFCS, NUMBER(1), UDP),
	SOCKET(SO_LOCK_FILTER, NUMBER(1), UDP | LISTENER | CONNECTED),
	SOCKET(SO_SELECT_ERR_QUEUE, NUMBER(1), ANY),
	SOCKET(SO_BUSY_POLL, NUMBER(50), ANY),
	SOCKET_NUMBERED(SO_MAX_PACING_RATE, 47, BYTES(uint64_t, 7654321), ANY),
	SOCKET(SO_INCOMING_CPU, NUMBER(1), UDP | LISTENER | LISTENER6),
	SOCKET(SO_ZEROCOPY, NUMBER(1), ANY),
	SOCKET_NUMBERED(SO_TXTIME, 61, BYTES(uint64_t, 1ULL << 32 | 1), DATAGRAM),
	SOCKET_NUMBERED(SO_PREFER_BUSY_POLL, 69, NUMBER(1), ANY),
	SOCKET_NUMBERED(SO_TXREHASH, 74, NUMBER(0), TCP),
	SOCKET_NUMBERED(SO_RCVMARK, 75, NUMBER(1), ANY),
	SOCKET_NUMBERED(SO_RCVPRIORITY, 82, NUMBER(1), DATAGRAM),
	OPTION(SOL_IP, IP_TOS, 1, NUMBER(0x10), V4),
	OPTION(SOL_IP, IP_TTL, 2, NUMBER(33), V4),
	OPTION(SOL_IP, IP_OPTIONS, 4, BYTES(uint32_t, 0x494), UDP | LISTENER),
	OPTION(SOL_IP, IP_RECVOPTS, 6, NUMBER(1), UDP | LISTENER),
	OPTION(SOL_IP, IP_RETOPTS, 7, NUMBER(1), UDP | LISTENER),
	OPTION(SOL_IP, IP_PKTINFO, 8, NUMBER(1), V4),
	OPTION(SOL_IP, IP_MTU_DISCOVER, 10, NUMBER(3), V4),
	OPTION(SOL_IP, IP_RECVERR, 11, NUMBER(1), V4),
	OPTION(SOL_IP, IP_RECVTTL, 12, NUMBER(1), V4),
	OPTION(SOL_IP, IP_RECVTOS, 13, NUMBER(1), V4),
	OPTION(SOL_IP, IP_FREEBIND, 15, NUMBER(1), V4),
	OPTION(SOL_IP, IP_PASSSEC, 18, NUMBER(1), UDP | LISTENER),
	OPTION(SOL_IP, IP_TRANSPARENT, 19, NUMBER(1), V4),
	OPTION(SOL_IP, IP_RECVORIGDSTADDR, 20, NUMBER(1), V4),
	OPTION(SOL_IP, IP_MINTTL, 21, NUMBER(3), V4),
	OPTION(SOL_IP, IP_CHECKSUM, 23, NUMBER(1), UDP),
	OPTION(SOL_IP, IP_BIND_ADDRESS_NO_PORT, 24, NUMBER(1), V4 | LATE),
	OPTION(SOL_IP, IP_RECVFRAGSIZE, 25, NUMBER(1), UDP),
	OPTION(SOL_IP, IP_RECVERR_RFC4884, 26, NUMBER(1), UDP),
	OPTION(SOL_IP, IP_MULTICAST_IF, 32, BYTES(struct in_addr, 0x0100007f), UDP),
	OPTION(SOL_IP, IP_MULTICAST_TTL, 33, NUMBER(9), UDP),
	OPTION(SOL_IP, IP_MULTICAST_LOOP, 34, NUMBER(0), UDP),
	OPTION(SOL_IP, IP_MULTICAST_ALL, 49, NUMBER(0), UDP),
	OPTION(SOL_IP, IP_UNICAST_IF, 50, NUMBER(0x01000000), UDP),
	OPTION(SOL_IP, IP_LOCAL_PORT_RANGE, 51, BYTES(uint32_t, 61000 << 16 | 60000), V4),
	OPTION(SOL_IPV6, IPV6_UNICAST_HOPS, 16, NUMBER(44), V6),
	OPTION(SOL_IPV6, IPV6_MULTICAST_IF, 17, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_MULTICAST_HOPS, 18, NUMBER(9), UDP6),
	OPTION(SOL_IPV6, IPV6_MULTICAST_LOOP, 19, NUMBER(0), UDP6),
	OPTION(SOL_IPV6, IPV6_MTU_DISCOVER, 23, NUMBER(3), V6),
	OPTION(SOL_IPV6, IPV6_RECVERR, 25, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_V6ONLY, 26, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_MULTICAST_ALL, 29, NUMBER(0), UDP6),
	OPTION(SOL_IPV6, IPV6_RECVERR_RFC4884, 31, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_FLOWINFO_SEND, 33, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_RECVPKTINFO, 49, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_RECVHOPLIMIT, 51, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_RECVHOPOPTS, 53, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_RECVRTHDR, 56, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_RECVDSTOPTS, 58, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_RECVPATHMTU, 60, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_DONTFRAG, 62, NUMBER(1), UDP6 | LISTENER6),
	OPTION(SOL_IPV6, IPV6_RECVTCLASS, 66, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_TCLASS, 67, NUMBER(0x20), V6),
	OPTION(SOL_IPV6, IPV6_AUTOFLOWLABEL, 70, NUMBER(0), V6),
	OPTION(SOL_IPV6, IPV6_ADDR_PREFERENCES, 72, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_MINHOPCOUNT, 73, NUMBER(3), V6),
	OPTION(SOL_IPV6, IPV6_RECVORIGDSTADDR, 74, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_TRANSPARENT, 75, NUMBER(1), V6),
	OPTION(SOL_IPV6, IPV6_UNICAST_IF, 76, NUMBER(0x01000000), UDP6),
	OPTION(SOL_IPV6, IPV6_RECVFRAGSIZE, 77, NUMBER(1), UDP6),
	OPTION(SOL_IPV6, IPV6_FREEBIND, 78, NUMBER(1), V6),
	OPTION(SOL_TCP, TCP_NODELAY, 1, NUMBER(1), TCP),
	OPTION(SOL_TCP, TCP_MAXSEG, 2, NUMBER(1111), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_CORK, 3, NUMBER(1), TCP),
	OPTION(SOL_TCP, TCP_KEEPIDLE, 4, NUMBER(111), TCP),
	OPTION(SOL_TCP, TCP_KEEPINTVL, 5, NUMBER(22), TCP),
	OPTION(SOL_TCP, TCP_KEEPCNT, 6, NUMBER(5), TCP),
	OPTION(SOL_TCP, TCP_SYNCNT, 7, NUMBER(3), TCP),
	OPTION(SOL_TCP, TCP_LINGER2, 8, NUMBER(17), TCP),
	OPTION(SOL_TCP, TCP_DEFER_ACCEPT, 9, NUMBER(7), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_WINDOW_CLAMP, 10, NUMBER(30000), TCP),
	OPTION(SOL_TCP, TCP_QUICKACK, 12, NUMBER(0), LISTENER | LISTENER6 | LATE),
	OPTION(SOL_TCP, TCP_CONGESTION, 13, TEXT("reno"), TCP),
	OPTION(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 16, NUMBER(1), TCP),
	OPTION(SOL_TCP, TCP_USER_TIMEOUT, 18, NUMBER(4321), TCP),
	OPTION(SOL_TCP, TCP_FASTOPEN, 23, NUMBER(9), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_NOTSENT_LOWAT, 25, NUMBER(16384), TCP),
	OPTION(SOL_TCP, TCP_SAVE_SYN, 27, NUMBER(1), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_FASTOPEN_CONNECT, 30, NUMBER(1), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_FASTOPEN_KEY, 33, TEXT("fifteen letters"), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_FASTOPEN_NO_COOKIE, 34, NUMBER(1), LISTENER | LISTENER6),
	OPTION(SOL_TCP, TCP_INQ, 36, NUMBER(1), TCP),
	OPTION(SOL_TCP, TCP_TX_DELAY, 37, NUMBER(1000), TCP | LATE),
	OPTION(SOL_TCP, TCP_RTO_MAX_MS, 44, NUMBER(60000), TCP),
	OPTION(SOL_TCP, TCP_RTO_MIN_US, 45, NUMBER(100000), TCP),
	OPTION(SOL_TCP, TCP_DELACK_MAX_US, 46, NUMBER(30000), TCP),
	OPTION(SOL_UDP, UDP_CORK, 1, NUMBER(1), DATAGRAM),
	OPTION(SOL_UDP, UDP_ENCAP, 100, NUMBER(2), DATAGRAM),
	OPTION(SOL_UDP, UDP_NO_CHECK6_TX, 101, NUMBER(1), DATAGRAM),
	OPTION(SOL_UDP, UDP_NO_CHECK6_RX, 102, NUMBER(1), DATAGRAM),
	OPTION(SOL_UDP, UDP_SEGMENT, 103, NUMBER(1400), DATAGRAM),
	SOCKET(SO_BINDTODEVICE, TEXT("lo"), ANY),
	OPTION(SOL_UDP, UDP_GRO, 104, NUMBER(1), DATAGRAM),
	OPTION(136, UDPLITE_SEND_CSCOV, 10, NUMBER(20), UDP_LITE),
	OPTION(136, UDPLITE_RECV_CSCOV, 11, NUMBER(20), UDP_LITE),
	OPTION(SOL_IP, IP_HDRINCL, 3, NUMBER(1), RAW),
	OPTION(SOL_IP, IP_NODEFRAG, 22, NUMBER(1), RAW),
	OPTION(SOL_RAW, ICMP_FILTER, 1, NUMBER(5), RAW),
};

static void set_options(unsigned on, bool late)
{
	for (const struct option *option = options; option < options + sizeof(options) / sizeof(*options); option++)
		if (option->on & on && !(option->on & LATE) == !late)
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
	if (poll(&events, 1, 0) < 0)
		return -1;
	return say(value, "%x", events.revents);
}

static int get_peeked(char *value, const void *of)
{
	char data[100];
	int length = recv(sock, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);

	(void)of;
	return length < 0 ? -1 : say_bytes(value, data, length);
}

static int get_info(char *value, const void *of)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (getsockopt(sock, SOL_TCP, TCP_INFO, &info, &length))
		return -1;
	switch (*(const char *)of) {
	case 's':
		return say(value, "%d", info.tcpi_state);
	case 'b':
		return say(value, "%d", info.tcpi_sacked);
	case 'o':
		return say(value, "%x", info.tcpi_options & 15);
	default:
		return say(value, "%d %d", info.tcpi_snd_wscale, info.tcpi_rcv_wscale);
	}
}

static void make(int family, int type)
{
	sock = socket(family, type, 0);
	peer = socket(family, type, 0);
	if (sock < 0 || peer < 0)
		die("socket");
}

/* To the loopback address, of any port. */
static struct sockaddr_in6 bind_to_loopback(int fd, int family)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = family == AF_INET6 ? sizeof(six) : sizeof(four);

	if (family == AF_INET)
		memcpy(&six, &four, sizeof(four));
	if (bind(fd, (struct sockaddr *)&six, length) || getsockname(fd, (struct sockaddr *)&six, &length))
		die("bind");
	return six;
}

static void listener(int family, unsigned on)
{
	make(family, SOCK_STREAM);
	close(peer);
	set_options(on, false);
	bind_to_loopback(sock, family);
	if (listen(sock, 37))
		die("listen");
	set_options(on, true);
	property("address", NULL, get_address, NULL);
	property("state", NULL, get_info, "s");
	property("backlog", NULL, get_info, "b");
	property("readiness", NULL, get_events, NULL);
}

static void tcp_listener(void)
{
	listener(AF_INET, LISTENER);
}

static void tcp6_listener(void)
{
	listener(AF_INET6, LISTENER6);
}

static int send_to_sock(const void *of)
{
	int done = send(peer, of, strlen(of), 0);

	sleep_ms(20);
	return done;
}

static int send_urgent(const void *of)
{
	int done = send(peer, of, 1, MSG_OOB);

	sleep_ms(20);
	return done;
}

static void connected(int family, unsigned on)
{
	int listening = socket(family, SOCK_STREAM, 0);
	struct sockaddr_in6 address;

	make(family, SOCK_STREAM);
	close(peer);
	address = bind_to_loopback(listening, family);
	set_options(on, false);
	if (listen(listening, 1) ||
	    connect(sock, (struct sockaddr *)&address, family == AF_INET6 ? sizeof(address) : 16))
		die("connect");
	peer = accept(listening, NULL, NULL);
	close(listening);
	if (!on)
		return;
	set_options(on, true);
	property("address", NULL, get_address, NULL);
	property("address of the peer", NULL, get_address, "");
	property("state", NULL, get_info, "s");
	property("TCP options in use", NULL, get_info, "o");
	property("window scales", NULL, get_info, "w");
}

static void tcp_connected(void)
{
	connected(AF_INET, CONNECTED);
}

static void tcp6_connected(void)
{
	connected(AF_INET6, CONNECTED6);
}

static struct sockaddr_in6 sock_address;

static int send_datagrams(const void *of)
{
	int done = sendto(peer, of, strlen(of), 0, (struct sockaddr *)&sock_address,
			  sock_address.sin6_family == AF_INET ? 16 : sizeof(sock_address));

	sleep_ms(20);
	return done;
}

static int get_first_sender(char *value, const void *of)
{
	struct sockaddr_in6 sender = { 0 };
	socklen_t length = sizeof(sender);
	char data[100];

	(void)of;
	if (recvfrom(sock, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT, (struct sockaddr *)&sender, &length) < 0)
		return -1;
	return say_bytes(value, &sender, length);
}

static int join(const void *of)
{
	struct ip_mreqn group = { .imr_multiaddr = { inet_addr(of) }, .imr_ifindex = 1 };

	return setsockopt(sock, SOL_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
}

/* Leaving says whether one was a member; so one joins again. */
static int get_member(char *value, const void *of)
{
	struct ip_mreqn group = { .imr_multiaddr = { inet_addr(of) }, .imr_ifindex = 1 };
	bool member = !setsockopt(sock, SOL_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group));

	return member ? join(of), say(value, "member") : say(value, "no member");
}

static int join_source(const void *of)
{
	struct ip_mreq_source group = { { inet_addr(of) }, { htonl(INADDR_LOOPBACK) }, { inet_addr("10.1.2.3") } };

	return setsockopt(sock, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, &group, sizeof(group));
}

static int get_source_member(char *value, const void *of)
{
	struct ip_mreq_source group = { { inet_addr(of) }, { htonl(INADDR_LOOPBACK) }, { inet_addr("10.1.2.3") } };
	bool member = !setsockopt(sock, SOL_IP, IP_DROP_SOURCE_MEMBERSHIP, &group, sizeof(group));

	return member ? join_source(of), say(value, "member") : say(value, "no member");
}

static int join6(const void *of)
{
	struct ipv6_mreq group = { .ipv6mr_interface = 1 };

	inet_pton(AF_INET6, of, &group.ipv6mr_multiaddr);
	return setsockopt(sock, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &group, sizeof(group));
}

static int get_member6(char *value, const void *of)
{
	struct ipv6_mreq group = { .ipv6mr_interface = 1 };
	bool member;

	inet_pton(AF_INET6, of, &group.ipv6mr_multiaddr);
	member = !setsockopt(sock, SOL_IPV6, IPV6_DROP_MEMBERSHIP, &group, sizeof(group));
	return member ? join6(of), say(value, "member") : say(value, "no member");
}

static int attach_filter(const void *of)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffff);
	struct sock_fprog program = { 1, &all };

	(void)of;
	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int get_filter(char *value, const void *of)
{
	struct sock_filter code[64];
	socklen_t length = 64;

	(void)of;
	if (getsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, code, &length) < 0)
		return -1;
	return say_bytes(value, code, length * sizeof(*code));
}

/* A datagram to a port where nobody is: its answer waits as an error. */
static int provoke_error(const void *of)
{
	struct sockaddr_in6 nobody;
	int family = *(const int *)of, gone = socket(family, SOCK_DGRAM, 0);

	nobody = bind_to_loopback(gone, family);
	close(gone);
	if (connect(sock, (struct sockaddr *)&nobody, family == AF_INET6 ? sizeof(nobody) : 16))
		return -1;
	send(sock, "x", 1, 0);
	sleep_ms(20);
	return 0;
}

static void datagrams(int family, unsigned on)
{
	make(family, SOCK_DGRAM);
	set_options(on, false);
	sock_address = bind_to_loopback(sock, family);
	bind_to_loopback(peer, family);
	set_options(on, true);
	if (family == AF_INET) {
		property("membership of a group", join, get_member, "239.1.2.3");
		property("membership for one source", join_source, get_source_member, "232.1.2.3");
	} else {
		property("membership of a group", join6, get_member6, "ff02::4321");
	}
	property("address", NULL, get_address, NULL);
}

static void udp(void)
{
	datagrams(AF_INET, UDP);
}

static void udp6(void)
{
	datagrams(AF_INET6, UDP6);
}

static int connect_to_peer(const void *of)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	(void)of;
	getsockname(peer, (struct sockaddr *)&address, &length);
	return connect(sock, (struct sockaddr *)&address, length);
}

static const int shut_read = SHUT_RD, of_internet = AF_INET;

static int shut_down(const void *of)
{
	return shutdown(sock, *(const int *)of);
}

static void bound(int family)
{
	make(family, SOCK_DGRAM);
	sock_address = bind_to_loopback(sock, family);
	bind_to_loopback(peer, family);
}

static void udp_states(void)
{
	bound(AF_INET);
	property("connected", connect_to_peer, get_address, "");
	bound(AF_INET);
	property("bound", NULL, get_address, NULL);
	bound(AF_INET);
	connect_to_peer(NULL);
	property("shut down", shut_down, get_events, &shut_read);
	bound(AF_INET);
	property("waiting error", provoke_error, get_events, &of_internet);
	bound(AF_INET);
	property("waiting datagram", send_datagrams, get_peeked, "waiting");
	bound(AF_INET);
	property("sender of a waiting datagram", send_datagrams, get_first_sender, "from");
	bound(AF_INET);
	property("socket filter", attach_filter, get_filter, NULL);
	bound(AF_INET6);
	property("IPv6: connected", connect_to_peer, get_address, "");
	bound(AF_INET6);
	property("IPv6: waiting datagram", send_datagrams, get_peeked, "waiting");
	bound(AF_INET6);
	property("IPv6: sender of a waiting datagram", send_datagrams, get_first_sender, "from");
	bound(AF_INET6);
	property("IPv6: socket filter", attach_filter, get_filter, NULL);
}

/* After the peer has ended its side. */
static int end_peer(const void *of)
{
	int done = shutdown(peer, SHUT_WR);

	(void)of;
	sleep_ms(20);
	return done;
}

static int end_sock(const void *of)
{
	int done = shutdown(sock, SHUT_WR);

	(void)of;
	sleep_ms(20);
	return done;
}

static int reset_by_peer(const void *of)
{
	struct linger now = { 1, 0 };

	(void)of;
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
	sleep_ms(20);
	return 0;
}

static int connect_elsewhere(const void *of)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	(void)of;
	getsockname(sock, (struct sockaddr *)&address, &length);
	return connect(client, (struct sockaddr *)&address, length);
}

static void tcp_states(void)
{
	connected(AF_INET, 0);
	property("unread data", send_to_sock, get_peeked, "unread");
	connected(AF_INET, 0);
	property("urgent data", send_urgent, get_events, "!");
	connected(AF_INET, 0);
	property("end of the peer's side", end_peer, get_events, NULL);
	connected(AF_INET, 0);
	property("own side shut down", end_sock, get_info, "s");
	connected(AF_INET, 0);
	property("reset with an unread error", reset_by_peer, get_events, NULL);
	make(AF_INET, SOCK_STREAM);
	property("new socket", NULL, get_events, NULL);
	bind_to_loopback(peer, AF_INET);
	sock = peer;
	property("bound socket", NULL, get_address, NULL);
	make(AF_INET, SOCK_STREAM);
	bind_to_loopback(sock, AF_INET);
	if (listen(sock, 5))
		die("listen");
	property("connection to be accepted", connect_elsewhere, get_events, NULL);
}

static const struct option protocol_of = { "", &sock, SOL_SOCKET, SO_PROTOCOL, NUMBER(0), 0 };

static void other_protocol(int type, int protocol, unsigned on)
{
	sock = socket(AF_INET, type, protocol);
	if (sock < 0)
		die("socket");
	property("protocol", NULL, get_option, &protocol_of);
	set_options(on, false);
}

static void udp_lite(void)
{
	other_protocol(SOCK_DGRAM, 136, UDP_LITE);
}

static void raw(void)
{
	other_protocol(SOCK_RAW, IPPROTO_ICMP, RAW);
}

static const struct group groups[] = {
	{ "tcp-listener", tcp_listener },
	{ "tcp-connected", tcp_connected },
	{ "udp", udp },
	{ "tcp6-listener", tcp6_listener },
	{ "tcp6-connected", tcp6_connected },
	{ "udp6", udp6 },
	{ "udp-states", udp_states },
	{ "tcp-states", tcp_states },
	{ "udp-lite", udp_lite },
	{ "raw", raw },
};

SERVE(groups)
