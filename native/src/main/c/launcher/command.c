/* SPDX-License-Identifier: Apache-2.0 */
/* torpor engine status|stop: of the engine of this installation. */
#define _GNU_SOURCE
#include "resident.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* VmRSS of /proc/PID/status, in KiB. */
static long resident_kib(pid_t pid)
{
	char name[32];
	char *line = NULL;
	size_t size = 0;
	long kib = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	file = fopen(name, "re");
	while (file && getline(&line, &size, file) > 0)
		sscanf(line, "VmRSS: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

static int show(const struct engine_place *place, const struct engine_settings *settings)
{
	pid_t pid = engine_lock_owner(place, ENGINE_LOCK_LIFE);

	printf("engine: %s, leaves after %d s without work\n", settings->on ? "on" : "off", settings->idle_seconds);
	if (!pid) {
		printf("none is resident\n");
		return 0;
	}
	printf("process %d, %ld KiB resident: %s\n", pid, resident_kib(pid),
	       access(place->socket, F_OK)			   ? "not ready yet" :
	       engine_lock_owner(place, ENGINE_LOCK_WORK) ? "at work" :
							     "ready");
	return 0;
}

/* Not while it works: what it does is waited for. Nobody gives it work meanwhile. */
static int stop(const struct engine_place *place)
{
	pid_t pid = engine_lock_owner(place, ENGINE_LOCK_LIFE);
	struct pollfd end = { .events = POLLIN };

	if (pid && take_engine_lock(place, ENGINE_LOCK_WORK, 1) < 0) {
		perror("torpor: engine stop: waiting for its work");
		return 1;
	}
	end.fd = pid ? syscall(SYS_pidfd_open, pid, 0) : -1;
	if (end.fd < 0)
		return 0;
	if (syscall(SYS_pidfd_send_signal, end.fd, SIGKILL, NULL, 0) && errno != ESRCH) {
		perror("torpor: engine stop");
		return 1;
	}
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	unlink(place->socket);
	unlink(place->unready);
	return 0;
}

int command_engine(int argc, char **argv)
{
	struct engine_settings settings;
	struct engine_place place;
	int stops = argc == 3 && !strcmp(argv[2], "stop");

	read_engine_settings(&settings);
	if (!stops && (argc != 3 || strcmp(argv[2], "status"))) {
		fprintf(stderr, "Usage: torpor engine status|stop\n");
		return 1;
	}
	if (geteuid() != 0) {
		fprintf(stderr, "torpor: engine %s: only root has one: use sudo\n", argv[2]);
		return 1;
	}
	if (find_engine_place(&place, 1)) {
		fprintf(stderr, "torpor: /run/torpor/engine cannot be made, or is not root's alone: see to it that nobody else may "
				"write there\n");
		return 1;
	}
	return stops ? stop(&place) : show(&place, &settings);
}
