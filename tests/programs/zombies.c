/* SPDX-License-Identifier: Apache-2.0
 *
 * zombies DIR: children that have ended and are not reaped, in groups and sessions of their own and of
 * others, beside one that lives. The status has what the kernel still says of each.
 */
#include "common.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define OWN_SESSION (-1)

enum { COUNT = 7 };

/* Started in a process group: 0 is one of its own. Ends by itself unless `lives`. */
static pid_t child(pid_t group, int lives)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_NAME, "ends-soon");
	if (group == OWN_SESSION ? setsid() < 0 : setpgid(0, group))
		_exit(99);
	while (lives)
		pause();
	_exit(7);
}

/* By a signal that would leave a core file. */
static pid_t crashes(void)
{
	pid_t pid = fork();
	struct rlimit none = { 0, 0 };

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_NAME, "ends-soon");
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	kill(getpid(), SIGSEGV);
	_exit(99);
}

static void await_end(pid_t pid)
{
	siginfo_t info;

	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		die("waitid");
}

/* In a pid namespace without a /proc of its own, the same number there is somebody else. */
static int proc_is_ours(void)
{
	char link[32] = "";

	return readlink("/proc/self", link, sizeof(link) - 1) > 0 && atoi(link) == getpid();
}

static void read_name(pid_t pid, char *name, size_t bytes)
{
	char path[64];
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	comm = fopen(path, "r");
	if (!comm || !fgets(name, bytes, comm))
		fail("%s: %s", path, strerror(errno));
	else
		fclose(comm);
}

static int describe(char *at, pid_t pid)
{
	siginfo_t info = { 0 };
	char name[32] = "unknown\n";

	if (proc_is_ours())
		read_name(pid, name, sizeof(name));
	if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT | WNOHANG))
		die("waitid");
	return sprintf(at, "child.%d=group %d session %d ended %d %d name %s", pid, getpgid(pid), getsid(pid), info.si_code,
		       info.si_status, name);
}

int main(int argc, char **argv)
{
	pid_t pids[COUNT], killed;

	if (argc < 2)
		return 2;
	status_open(argv[1]);
	pids[0] = child(0, 1);
	if (setpgid(pids[0], pids[0]))
		die("setpgid");
	pids[1] = child(pids[0], 0);
	pids[2] = killed = child(0, 1);
	if (setpgid(killed, killed))
		die("setpgid");
	kill(killed, SIGTERM);
	pids[3] = child(killed, 0);
	pids[4] = child(OWN_SESSION, 0);
	pids[5] = child(getpgrp(), 0);
	pids[6] = crashes();
	for (int i = 1; i < COUNT; i++)
		await_end(pids[i]);
	for (uint64_t tick = 1;; tick++) {
		char lines[1024], *at = lines;

		for (int i = 0; i < COUNT; i++)
			at += describe(at, pids[i]);
		status_write(tick, lines);
		sleep_ms(20);
	}
}
