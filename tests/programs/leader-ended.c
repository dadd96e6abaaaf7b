/* SPDX-License-Identifier: Apache-2.0
 *
 * leader-ended DIR [child]: a process whose main thread has ended, while two others and a child go on; with
 * `child` it is a child of the root, which writes DIR/ended when all of it has ended, as it does when there is
 * DIR/end.
 */
#include "common.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const char *dir;
static pid_t tids[2];
static pid_t child;

static char state_of(pid_t pid, pid_t tid)
{
	char path[64], line[256] = "", *end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof(line) - 1) < 0)
		return '?';
	close(fd);
	end = strrchr(line, ')');
	return end ? end[2] : '?';
}

static void look(uint64_t tick)
{
	char lines[512], name[16] = "", path[64];
	sigset_t waiting;
	int fd;

	sigpending(&waiting);
	snprintf(path, sizeof(path), "/proc/%d/comm", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, name, sizeof(name) - 1) < 0)
			name[0] = 0;
		close(fd);
	}
	snprintf(lines, sizeof(lines), "pid=%d\nleader=%c\nname=%s\nthreads=%d,%d\nchild=%d\nusr1=%d\nusr2=%d\n",
		 getpid(), state_of(getpid(), getpid()), strtok(name, "\n"), tids[0], tids[1],
		 kill(child, 0) ? -1 : child, sigismember(&waiting, SIGUSR1), sigismember(&waiting, SIGUSR2));
	status_write(tick, lines);
}

static void *go_on(void *number)
{
	char path[4096];
	int which = number != NULL;

	snprintf(path, sizeof(path), "%s/end", dir);
	tids[which] = syscall(SYS_gettid);
	if (which)
		syscall(SYS_tgkill, getpid(), tids[which], SIGUSR2);
	for (uint64_t tick = 1; access(path, F_OK); tick++) {
		if (which && tids[0] && state_of(getpid(), getpid()) == 'Z')
			look(tick);
		sleep_ms(20);
	}
	if (which)
		kill(child, SIGKILL);
	syscall(SYS_exit, 3);
	return NULL;
}

static void become(int parent_ends_it)
{
	static int which = 1;
	pthread_t thread;
	sigset_t set;

	if (parent_ends_it)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_IGN);
	kill(getpid(), SIGUSR1);
	child = fork();
	if (!child)
		for (;;)
			pause();
	prctl(PR_SET_NAME, "the leader");
	if (pthread_create(&thread, NULL, go_on, NULL) || pthread_create(&thread, NULL, go_on, &which))
		die("pthread_create");
	syscall(SYS_exit, 7);
}

int main(int argc, char **argv)
{
	int status, fd;

	if (argc < 2)
		return 2;
	dir = argv[1];
	status_open(dir);
	if (argc == 2)
		become(0);
	if (!fork())
		become(1);
	wait(&status);
	fd = open_in(dir, "ended", O_WRONLY);
	dprintf(fd, "%#x\n", status);
	for (;;)
		pause();
}
