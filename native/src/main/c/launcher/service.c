/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `torpor service`: a JVM has made the socket, and is gone. We wait for clients without one; each gets a process of its
 * own, which is one of `swrk` in all but what it may ask for.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	int listening_fd, pidfile_fd;
	int daemon, ready_fd;
} service = { .listening_fd = -1 };

void remember_service(const struct request *request, const int *fds, int fd_count)
{
	service.listening_fd = fds[0];
	service.pidfile_fd = fd_count > 1 ? fds[1] : -1;
	service.daemon = request->fds[0];
	service.ready_fd = request->fds[1];
}

/* The file has the pid before our caller goes on. */
static void part_from_caller(void)
{
	pid_t pid = service.daemon ? fork() : getpid();
	int null;

	if (pid < 0) {
		perror("torpor: service: fork");
		exit(1);
	}
	if (pid > 0 && service.pidfile_fd >= 0 && dprintf(service.pidfile_fd, "%d", pid) < 0) {
		perror("torpor: service: pid file");
		exit(1);
	}
	if (!service.daemon)
		return;
	if (pid > 0)
		_exit(0);
	setsid();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
}

/* Whoever waits at its other end sees the end of the file, too. */
static void tell_ready(void)
{
	if (service.ready_fd < 0)
		return;
	if (write(service.ready_fd, "", 1) < 0)
		perror("torpor: service: --status-fd");
	close(service.ready_fd);
}

int next_connection(void)
{
	int connection;

	if (service.listening_fd < 0)
		return -1;
	part_from_caller();
	if (service.pidfile_fd >= 0)
		close(service.pidfile_fd);
	stop_forwarding_signals();
	signal(SIGCHLD, SIG_IGN);
	tell_ready();
	for (;;) {
		connection = accept4(service.listening_fd, NULL, NULL, 0);
		if (connection < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (connection < 0) {
			perror("torpor: service: accept");
			exit(1);
		}
		if (fork() == 0)
			break;
		close(connection);
	}
	signal(SIGCHLD, SIG_DFL);
	close(service.listening_fd);
	service.listening_fd = -1;
	return connection;
}
