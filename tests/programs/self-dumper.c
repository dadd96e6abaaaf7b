/* SPDX-License-Identifier: Apache-2.0
 *
 * self-dumper DIR: ticks; whenever there is a file DIR/go, it removes that, connects to the service at DIR/socket, sends it
 * the request in DIR/request, agrees to every step that it is told of, and writes the answer to DIR/answer.
 */
#include "common.h"
#include <sys/socket.h>
#include <sys/un.h>

#define ROOM 65536
#define NOTIFY 6

/* A criu_req: type (1) NOTIFY, notify_success (3). */
static const char agree[] = { 0x08, NOTIFY, 0x18, 1 };

static int connect_to(const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die(address.sun_path);
	return fd;
}

static void ask(const char *dir)
{
	char message[ROOM];
	int file = open_in(dir, "request", O_RDONLY);
	ssize_t length = read(file, message, sizeof(message));
	int fd = connect_to(dir);

	close(file);
	if (send(fd, message, length, 0) != length)
		die("send");
	while ((length = recv(fd, message, sizeof(message), 0)) > 1 && message[1] == NOTIFY)
		if (send(fd, agree, sizeof(agree), MSG_NOSIGNAL) < 0)
			die("agree");
	if (length > 0 && recv(fd, message + length, 1, 0) != 0)
		fail("the service goes on after its answer");
	close(fd);
	file = open_in(dir, "answer.new", O_WRONLY | O_TRUNC);
	if (length < 0 || write(file, message, length) != length)
		die("answer");
	close(file);
	if (chdir(dir) || rename("answer.new", "answer"))
		die("answer");
}

int main(int argc, char **argv)
{
	char go[4096];

	if (argc < 2)
		return 2;
	status_open(argv[1]);
	snprintf(go, sizeof(go), "%s/go", argv[1]);
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, "");
		sleep_ms(5);
		if (!unlink(go))
			ask(argv[1]);
	}
}
