/* SPDX-License-Identifier: Apache-2.0
 *
 * terminals DIR: pseudo-terminals with holes in their numbers. Twelve pairs are opened, and all are
 * closed again but three: the parent has both sides of the first; of the second the child has the
 * slave, as the terminal of its session; of the third the child has the master, which leaves its
 * number higher than any that its parent has. A line goes through all of them at the start, and when
 * the status file was wiped before a restore: none is on its way while a dump looks.
 */
#include "common.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <termios.h>
#include <signal.h>

#define PAIRS 12

static struct {
	int master;
	int slave;
} pairs[PAIRS];

static const int kept[] = { 8, 10, 11 };

static void forget(int *fd)
{
	close(*fd);
	*fd = -1;
}

static void open_pairs(void)
{
	for (int i = 0; i < PAIRS; i++) {
		struct termios raw;

		/* openpty(3) would make a slave without O_LARGEFILE, which no open(2) does. */
		pairs[i].master = posix_openpt(O_RDWR | O_NOCTTY);
		if (pairs[i].master < 0 || unlockpt(pairs[i].master))
			die("posix_openpt");
		pairs[i].slave = open(ptsname(pairs[i].master), O_RDWR | O_NOCTTY);
		if (pairs[i].slave < 0)
			die("ptsname");
		tcgetattr(pairs[i].slave, &raw);
		cfmakeraw(&raw);
		tcsetattr(pairs[i].slave, TCSANOW, &raw);
	}
	for (int i = 0; i < PAIRS; i++) {
		struct winsize size = { 20 + i, 80 + i, 0, 0 };

		ioctl(pairs[i].slave, TIOCSWINSZ, &size);
		if (i != kept[0] && i != kept[1] && i != kept[2]) {
			forget(&pairs[i].master);
			forget(&pairs[i].slave);
		}
	}
}

static void echo(int from, int to)
{
	char line[64];
	ssize_t length = read(from, line, sizeof(line));

	if (length <= 0 || write(to, line, length) != length)
		_exit(1);
}

/* Sends back on the second and third what comes from its other side. */
static void __attribute__((noreturn)) child(void)
{
	struct pollfd fds[2] = { { .fd = pairs[kept[1]].slave, .events = POLLIN },
				 { .fd = pairs[kept[2]].master, .events = POLLIN } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (ioctl(pairs[kept[1]].slave, TIOCSCTTY, 0))
		_exit(1);
	forget(&pairs[kept[0]].master);
	forget(&pairs[kept[0]].slave);
	forget(&pairs[kept[1]].master);
	forget(&pairs[kept[2]].slave);
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				echo(fds[i].fd, fds[i].fd);
	}
}

static void pass(const char *name, int to, int from, uint64_t tick)
{
	char sent[64];
	char got[64];
	int length = snprintf(sent, sizeof(sent), "%s %llu", name, (unsigned long long)tick);
	struct pollfd fd = { .fd = from, .events = POLLIN };

	if (write(to, sent, length) != length)
		fail("%s: write: %s", name, strerror(errno));
	else if (poll(&fd, 1, 10000) != 1 || read(from, got, sizeof(got)) != length || memcmp(sent, got, length))
		fail("%s: the line did not come", name);
}

static int describe(char *out, const char *name, int fd)
{
	struct winsize size;
	unsigned int index = 0;

	if (ioctl(fd, TIOCGWINSZ, &size))
		fail("%s: TIOCGWINSZ: %s", name, strerror(errno));
	if (fd == pairs[kept[2]].slave)
		return sprintf(out, "%s=%s %dx%d\n", name, ttyname(fd), size.ws_row, size.ws_col);
	if (ioctl(fd, TIOCGPTN, &index))
		fail("%s: TIOCGPTN: %s", name, strerror(errno));
	return sprintf(out, "%s=%u %dx%d\n", name, index, size.ws_row, size.ws_col);
}

static int wiped(void)
{
	char first;

	return pread(status_fd, &first, 1, 0) == 1 && first == '\n';
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	status_open(argv[1]);
	open_pairs();
	if (fork() == 0)
		child();
	forget(&pairs[kept[1]].slave);
	forget(&pairs[kept[2]].master);
	for (uint64_t tick = 0;; tick++) {
		char lines[1024];
		char *end = lines;

		if (tick == 0 || wiped()) {
			pass("first", pairs[kept[0]].master, pairs[kept[0]].slave, tick);
			pass("second", pairs[kept[1]].master, pairs[kept[1]].master, tick);
			pass("third", pairs[kept[2]].slave, pairs[kept[2]].slave, tick);
		}
		end += describe(end, "first", pairs[kept[0]].master);
		end += describe(end, "second", pairs[kept[1]].master);
		describe(end, "third", pairs[kept[2]].slave);
		status_write(tick, lines);
		sleep_ms(5);
	}
}
