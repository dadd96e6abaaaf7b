/* SPDX-License-Identifier: Apache-2.0
 *
 * signalfd DIR: reads its signals from a signalfd, for which it waits with epoll. Each tick sends
 * itself one of the two that the mask has; a third one waits all the time, because no mask has it.
 */
#include "common.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

static void read_mask(int fd, char *out, size_t bytes)
{
	char path[64];
	char line[256];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (!info)
		die(path);
	while (fgets(line, sizeof(line), info))
		if (!strncmp(line, "sigmask:", 8) || !strncmp(line, "flags:", 6))
			snprintf(out + strlen(out), bytes - strlen(out), "%s", line);
	fclose(info);
}

int main(int argc, char **argv)
{
	int wanted[2] = { SIGUSR1, SIGRTMIN + 3 };
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t blocked;
	sigset_t mask;
	int fd;
	int poll;

	if (argc < 2)
		return 1;
	status_open(argv[1]);
	sigemptyset(&mask);
	sigaddset(&mask, wanted[0]);
	sigaddset(&mask, wanted[1]);
	blocked = mask;
	sigaddset(&blocked, SIGUSR2);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
	poll = epoll_create1(0);
	if (fd < 0 || poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
		die("signalfd");
	raise(SIGUSR2);
	for (uint64_t tick = 0;; tick++) {
		struct signalfd_siginfo got;
		char lines[512] = "";

		kill(getpid(), wanted[tick % 2]);
		if (epoll_wait(poll, &event, 1, 10000) != 1)
			fail("epoll: no signal");
		else if (read(fd, &got, sizeof(got)) != sizeof(got) || got.ssi_signo != (uint32_t)wanted[tick % 2])
			fail("read: another signal");
		if (read(fd, &got, sizeof(got)) >= 0 || errno != EAGAIN)
			fail("a signal that was not sent");
		read_mask(fd, lines, sizeof(lines));
		status_write(tick, lines);
		sleep_ms(5);
	}
}
