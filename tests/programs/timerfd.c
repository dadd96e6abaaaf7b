/* SPDX-License-Identifier: Apache-2.0
 *
 * timerfd DIR: five timers. The first ticks, set anew each time: a periodic one that expires while it
 * is looked at, CRIU 4.2 restores as not set. The others are far away, far away as a time of day,
 * expired and not read, and not set.
 */
#include "common.h"
#include <sys/timerfd.h>

enum { TICKS, LATER, AT_TIME, EXPIRED, UNSET, COUNT };

#define FAR_SECONDS 100000

static int fds[COUNT];

static void set(int which, int flags, time_t seconds, long nanos, long interval)
{
	struct itimerspec spec = { { 0, interval }, { seconds, nanos } };

	if (timerfd_settime(fds[which], flags, &spec, NULL))
		die("timerfd_settime");
}

/* What fdinfo tells of a timer but for the time that is left. */
static void describe(int fd, char *out, size_t bytes)
{
	char path[64];
	char line[256];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "r");
	if (!info)
		die(path);
	while (fgets(line, sizeof(line), info))
		if (!strncmp(line, "flags:", 6) || !strncmp(line, "clockid:", 8) || !strncmp(line, "it_interval:", 12) ||
		    ((!strncmp(line, "ticks:", 6) || !strncmp(line, "settime", 7)) && fd != fds[TICKS]))
			snprintf(out + strlen(out), bytes - strlen(out), "%s", line);
	fclose(info);
}

static void check_left(const char *name, int which)
{
	struct itimerspec left;

	if (timerfd_gettime(fds[which], &left))
		fail("%s: %s", name, strerror(errno));
	else if (left.it_value.tv_sec > FAR_SECONDS || left.it_value.tv_sec < FAR_SECONDS - 600)
		fail("%s: %ld seconds are left", name, (long)left.it_value.tv_sec);
}

int main(int argc, char **argv)
{
	struct timespec now;

	if (argc < 2)
		return 1;
	status_open(argv[1]);
	fds[TICKS] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	fds[LATER] = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK);
	fds[AT_TIME] = timerfd_create(CLOCK_REALTIME, 0);
	fds[EXPIRED] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	fds[UNSET] = timerfd_create(CLOCK_REALTIME, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	set(LATER, 0, FAR_SECONDS, 0, 7);
	set(AT_TIME, TFD_TIMER_ABSTIME, now.tv_sec + FAR_SECONDS, now.tv_nsec, 0);
	set(EXPIRED, 0, 0, 1, 0);
	for (uint64_t tick = 0;; tick++) {
		char lines[2048] = "";
		uint64_t expirations;

		set(TICKS, 0, 0, 5000000, 0);
		if (read(fds[TICKS], &expirations, sizeof(expirations)) != sizeof(expirations) || expirations < 1)
			fail("the timer did not expire");
		check_left("later", LATER);
		check_left("at time", AT_TIME);
		for (int i = 0; i < COUNT; i++)
			describe(fds[i], lines, sizeof(lines));
		status_write(tick, lines);
	}
}
