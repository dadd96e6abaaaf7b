/* SPDX-License-Identifier: Apache-2.0
 *
 * service-client SOCKET REQUEST ANSWER: connects to a service, sends it the request in the file REQUEST, agrees to every
 * step that it is told of, and writes the answer to the file ANSWER.
 */
#include "common.h"
#include <sys/socket.h>
#include <sys/un.h>

#define ROOM 65536
#define NOTIFY 6

/* A criu_req: type (1) NOTIFY, notify_success (3). */
static const char agree[] = { 0x08, NOTIFY, 0x18, 1 };

static ssize_t read_file(const char *name, char *to)
{
	int file = open(name, O_RDONLY);
	ssize_t length = read(file, to, ROOM);

	if (length <= 0 || close(file))
		die(name);
	return length;
}

static void write_file(const char *name, const char *from, ssize_t length)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (write(file, from, length) != length || close(file))
		die(name);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char message[ROOM];
	ssize_t length;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (argc < 4)
		return 2;
	strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die(argv[1]);
	length = read_file(argv[2], message);
	if (send(fd, message, length, 0) != length)
		die("send");
	while ((length = recv(fd, message, sizeof(message), 0)) > 1 && message[0] == 0x08 && message[1] == NOTIFY)
		if (send(fd, agree, sizeof(agree), MSG_NOSIGNAL) < 0)
			die("agree");
	if (length <= 0)
		die("no answer");
	write_file(argv[3], message, length);
	return 0;
}
