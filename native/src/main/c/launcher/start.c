/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the resident engine: on behalf of nobody. It has nothing of the caller's, who may be a container's engine in the
 * middle of its work: neither descriptors nor session nor cgroup nor priority.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* As many at least, with the caller's below ENGINE_FIRST_FD. */
#define MIN_DESCRIPTORS (2 * ENGINE_FIRST_FD)

static void forget_callers_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* It trains itself when nobody else wants the processor; Java takes that back when it is ready. */
static int forget_callers_turns(void)
{
	struct sched_param none = { 0 };
	cpu_set_t all;
	int adjustment;

	memset(&all, 0xff, sizeof(all));
	setpriority(PRIO_PROCESS, 0, 0);
	sched_setaffinity(0, sizeof(all), &all);
	adjustment = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (adjustment < 0 || write(adjustment, "0", 1) != 1)
		return 0;
	close(adjustment);
	return !sched_setscheduler(0, SCHED_IDLE, &none);
}

static int allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max < MIN_DESCRIPTORS)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	return !setrlimit(RLIMIT_NOFILE, &limit);
}

/* Under a name that nobody looks for yet. */
static int listen_at(const struct engine_place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, place->unready);
	unlink(place->unready);
	unlink(place->socket);
	return fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof(address)) && !listen(fd, 4) ? fd : -1;
}

/* All numbers that a caller's descriptors may have are taken until the JVM has opened its own files. */
static int take_low_numbers(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return 0;
	for (int fd = 0; fd < ENGINE_FIRST_FD; fd++)
		if (fd != null && dup2(null, fd) < 0)
			return 0;
	return 1;
}

/* As if nobody had started us. */
static int forget_caller(void)
{
	forget_callers_signals();
	prctl(PR_SET_PDEATHSIG, 0);
	umask(022);
	return !chdir("/") && !close_range(0, ~0U, 0) && allow_descriptors() && take_low_numbers() && forget_callers_turns() &&
	       leave_for_first_cgroups();
}

/* By another process that is nobody's child: a JVM does not wait for those of its process. */
static void start_training(const struct engine_place *place)
{
	pid_t engine = getpid(), between = fork();
	int status;

	if (between == 0) {
		if (fork() == 0) {
			close_range(3, ~0U, 0);
			train_engine(place, engine);
		}
		_exit(0);
	}
	if (between > 0)
		wait_for(between, &status);
}

static void __attribute__((noreturn)) become_engine(const struct engine_place *place, const struct engine_settings *settings)
{
	struct resident_jvm resident = { .idle_seconds = settings->idle_seconds, .socket = place->socket };
	int lock;

	if (!forget_caller())
		_exit(1);
	lock = take_engine_lock(place, ENGINE_LOCK_LIFE, 0);
	if (lock < 0)
		_exit(0);
	remove_other_places(place);
	resident.socket_fd = listen_at(place);
	/* The lock is the process's, and ends with its first descriptor of the file that is closed: there is one, which stays. */
	if (resident.socket_fd < 0 || fcntl(lock, F_SETFD, 0) || fcntl(resident.socket_fd, F_SETFD, 0))
		_exit(1);
	start_training(place);
	exec_resident_jvm(&resident);
}

/*
 * Whoever else adopts orphans might wait for us before he ends, or end us, or be dumped with all that is below him: then
 * there is no engine. Our caller's end of the pipe ends when we have been adopted.
 */
static int is_adopted_by_first(int adopted_fd)
{
	char none;

	return read(adopted_fd, &none, 1) == 0 && getppid() == 1;
}

static void __attribute__((noreturn)) leave_caller(const int *adopted, const struct engine_place *place,
						   const struct engine_settings *settings)
{
	setsid();
	if (fork() != 0)
		_exit(0);
	close(adopted[1]);
	if (!is_adopted_by_first(adopted[0]))
		_exit(1);
	become_engine(place, settings);
}

void start_engine(void)
{
	struct engine_settings settings;
	struct engine_place place;
	pid_t between;
	int status, adopted[2];

	read_engine_settings(&settings);
	if (!settings.on || geteuid() != 0 || !are_of_the_machine() || find_engine_place(&place, 1) ||
	    engine_lock_owner(&place, ENGINE_LOCK_LIFE) || pipe2(adopted, O_CLOEXEC))
		return;
	between = fork();
	if (between == 0)
		leave_caller(adopted, &place, &settings);
	close(adopted[0]);
	if (between > 0)
		wait_for(between, &status);
	close(adopted[1]);
}
