/* SPDX-License-Identifier: Apache-2.0
 *
 * gone-leaders DIR: children and grandchildren in sessions and groups whose leaders have ended and were
 * waited for. The status has the numbers of each.
 */
#include "common.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { COUNT = 8 };

static pid_t *pids;

static void live(int which)
{
	pids[which] = getpid();
	for (;;)
		pause();
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

static void await_all(int first, int last)
{
	for (int i = first; i <= last; i++)
		while (!__atomic_load_n(&pids[i], __ATOMIC_ACQUIRE))
			sleep_ms(1);
}

/* In a session whose leader ends: one in its group, with a child, one in a group of its own, and a zombie. */
static void leave_session(void)
{
	if (setsid() < 0)
		die("setsid");
	if (!start()) {
		if (!start())
			live(1);
		live(0);
	}
	if (!start()) {
		setpgid(0, 0);
		live(2);
	}
	if (!start()) {
		pids[3] = getpid();
		_exit(5);
	}
	await_all(0, 3);
	_exit(0);
}

/* Two in a group whose leader ends, and a child of one of them. */
static void leave_group(pid_t *leader)
{
	*leader = start();
	if (!*leader) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(*leader, *leader);
	for (int i = 4; i <= 5; i++)
		if (!start()) {
			setpgid(0, *leader);
			if (i == 5 && !start())
				live(6);
			live(i);
		}
	await_all(4, 6);
	kill(*leader, SIGKILL);
	waitpid(*leader, NULL, 0);
}

/* A child of this process that is born into the session of another, which ends. */
static void leave_sibling(void)
{
	if (setsid() < 0)
		die("setsid");
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
		live(7);
	await_all(7, 7);
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t leader, session, sibling;

	if (argc < 2)
		return 2;
	status_open(argv[1]);
	pids = mmap(NULL, COUNT * sizeof(*pids), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pids == MAP_FAILED)
		die("mmap");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	session = start();
	if (!session)
		leave_session();
	waitpid(session, NULL, 0);
	leave_group(&leader);
	sibling = start();
	if (!sibling)
		leave_sibling();
	waitpid(sibling, NULL, 0);
	for (uint64_t tick = 1;; tick++) {
		char lines[2048], *at = lines;

		for (int i = 0; i < COUNT; i++) {
			char path[64], text[512] = "";
			int parent = 0, fd;

			snprintf(path, sizeof(path), "/proc/%d/stat", pids[i]);
			fd = open(path, O_RDONLY);
			if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || !strrchr(text, ')'))
				fail("%s is gone", path);
			else
				sscanf(strrchr(text, ')') + 4, "%d", &parent);
			close(fd);
			at += sprintf(at, "task.%d=pid %d parent %d group %d session %d\n", i, pids[i], parent,
				      getpgid(pids[i]), getsid(pids[i]));
		}
		if (kill(leader, 0) == 0 || kill(session, 0) == 0 || kill(sibling, 0) == 0)
			fail("a leader lives");
		status_write(tick, lines);
		sleep_ms(20);
	}
}
