/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every engine asks for the version before each operation, in a process of its
 * own, so the answer must not cost a JVM. Messages: criu_req and criu_resp of
 * rpc.proto.
 */
#include "launcher.h"
#include "resident.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIELD_TYPE 1
#define FIELD_KEEP_OPEN 4

struct request_head {
	uint64_t type;
	uint64_t keep_open;
};

static int read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return 1;
	}
	return 0;
}

static int parse(const uint8_t *at, const uint8_t *end, struct request_head *head)
{
	while (at < end) {
		uint64_t tag, value;

		if (!read_varint(&at, end, &tag) || !read_varint(&at, end, &value))
			return 0;
		if ((tag & 7) == 2) {
			if (value > (uint64_t)(end - at))
				return 0;
			at += value;
		} else if ((tag & 7) != 0) {
			return 0;
		} else if (tag >> 3 == FIELD_TYPE) {
			head->type = value;
		} else if (tag >> 3 == FIELD_KEEP_OPEN) {
			head->keep_open = value;
		}
	}
	return 1;
}

/*
 * The head of the request that waits, which stays there: whether all of it was seen. The type comes first: of a
 * long request it is seen too.
 */
static int peek(int socket_fd, struct request_head *head)
{
	uint8_t packet[4096];
	ssize_t length;
	int whole;

	do
		length = recv(socket_fd, packet, sizeof(packet), MSG_PEEK | MSG_TRUNC);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		return 0;
	whole = length <= (ssize_t)sizeof(packet);
	return whole & parse(packet, packet + (whole ? (size_t)length : sizeof(packet)), head);
}

int answer_version_requests(int socket_fd)
{
	/* type VERSION, success, version { major 4, minor 2 } */
	static const uint8_t answer[] = { 0x08, 0x0a, 0x10, 0x01, 0x52, 0x04, 0x08, 0x04, 0x10, 0x02 };
	for (;;) {
		struct request_head head = { 0 };

		if (!peek(socket_fd, &head) || head.type != RPC_VERSION)
			return head.type;
		recv(socket_fd, NULL, 0, 0);
		if (send(socket_fd, answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			exit(1);
		/* An operation will follow, as a rule. */
		start_engine();
		if (!head.keep_open)
			exit(0);
	}
}

void answer_failure(int socket_fd, const char *why)
{
	/* type, success, cr_errmsg (9), whose length is a varint of two bytes */
	uint8_t answer[512] = { 0x08, 0x00, 0x10, 0x00, 0x4a };
	struct request_head head = { 0 };
	size_t length = strnlen(why, sizeof(answer) - 7);

	peek(socket_fd, &head);
	answer[1] = head.type & 0x7f;
	answer[5] = 0x80 | (length & 0x7f);
	answer[6] = length >> 7;
	memcpy(answer + 7, why, length);
	send(socket_fd, answer, 7 + length, MSG_NOSIGNAL);
}
