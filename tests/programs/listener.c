/* SPDX-License-Identifier: Apache-2.0
 *
 * listener DIR: listens on a TCP port of the loopback that the kernel chooses, told as port, and on the
 * Unix socket DIR/socket. DIR/data is open as well, at a high number.
 */
#include "common.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#define HIGH_FD 700

int main(int argc, char **argv)
{
	struct sockaddr_in inet = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	int tcp = socket(AF_INET, SOCK_STREAM, 0), named = socket(AF_UNIX, SOCK_STREAM, 0), data;
	socklen_t bytes = sizeof(inet);
	char lines[64];

	if (argc < 2)
		return 2;
	if (bind(tcp, (struct sockaddr *)&inet, bytes) || listen(tcp, 8) ||
	    getsockname(tcp, (struct sockaddr *)&inet, &bytes))
		die("tcp");
	snprintf(local.sun_path, sizeof(local.sun_path), "%s/socket", argv[1]);
	if (bind(named, (struct sockaddr *)&local, sizeof(local)) || listen(named, 8))
		die(local.sun_path);
	data = open_in(argv[1], "data", O_RDWR);
	if (write(data, "data\n", 5) != 5 || dup2(data, HIGH_FD) != HIGH_FD)
		die("data");
	status_open(argv[1]);
	snprintf(lines, sizeof(lines), "port=%d\n", ntohs(inet.sin_port));
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, lines);
		sleep_ms(5);
	}
}
