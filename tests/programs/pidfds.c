/* SPDX-License-Identifier: Apache-2.0
 *
 * pidfds DIR: a parent, a child and its child, a zombie, threads, and descriptors of all of them: own ones,
 * inherited ones of who was born later, duplicates, in an epoll; of tasks that were reaped, two of one, which
 * ended by exit, by a signal, by SIGKILL.
 *
 * In its status is what each descriptor leads to; "end" in DIR has it end the tasks and see by epoll.
 */
#include "common.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define PIDFD_THREAD 0x80
#define PIDFD_GET_INFO 0xc040ff0bUL
#define PIDFD_INFO_EXIT 8

struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};

enum { SELF, CHILD, GRANDCHILD, ZOMBIE, THREAD, LEADER, EXITED, EXITED_AGAIN, ABORTED, KILLED, SHARED, COUNT };

static int fds[COUNT], epoll;
static volatile int tid;

static int open_pidfd(pid_t pid, unsigned flags)
{
	int fd = syscall(SYS_pidfd_open, pid, flags);

	if (fd < 0)
		die("pidfd_open");
	return fd;
}

static void __attribute__((noreturn)) *sleeper(void *unused)
{
	(void)unused;
	tid = gettid();
	for (;;)
		pause();
}

static int ended(int status, int *again)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		die("fork");
	if (!pid) {
		if (WIFSIGNALED(status))
			kill(getpid(), WTERMSIG(status));
		_exit(WEXITSTATUS(status));
	}
	fd = open_pidfd(pid, 0);
	if (again)
		*again = open_pidfd(pid, O_NONBLOCK);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
	return fd;
}

static pid_t start(pid_t *grandchild)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe(pipe_fds) || (pid = fork()) < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (write(pipe_fds[1], &pid, sizeof(pid)) != sizeof(pid))
			die("write");
		/* Shares what its parent opens, of a task that is born after itself. */
		for (;;)
			pause();
	}
	if (read(pipe_fds[0], grandchild, sizeof(pid)) != sizeof(pid))
		die("read");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return pid;
}

/* Two who inherit a descriptor of the third, which is born before them and lives longer. */
static void share(pid_t target)
{
	fds[SHARED] = open_pidfd(target, 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (i)
				close(fds[SELF]);
			for (;;)
				pause();
		}
	}
}

static void field(char *text, size_t size, const char *path, const char *key)
{
	char line[128];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			snprintf(text, size, "%s", strrchr(line, '\t') + 1);
	if (file)
		fclose(file);
	text[strcspn(text, "\n")] = 0;
}

static void describe(char *out, size_t size)
{
	size_t used = snprintf(out, size, "state=");
	struct stat one, again;

	for (int i = 0; i < COUNT; i++) {
		struct info info = { .mask = PIDFD_INFO_EXIT };
		struct pollfd polled = { .fd = fds[i], .events = POLLIN };
		char path[64], pid[64] = "?", flags[64] = "?";

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fds[i]);
		field(pid, sizeof(pid), path, "NSpid:");
		field(flags, sizeof(flags), path, "flags:");
		poll(&polled, 1, 0);
		/* Older kernels know none of it. */
		if (ioctl(fds[i], PIDFD_GET_INFO, &info))
			info.mask = 0;
		used += snprintf(out + used, size - used, "%d:%s,%s,%x,%x ", i, pid, flags, polled.revents,
				 info.mask & PIDFD_INFO_EXIT ? info.exit_code : -1);
	}
	/* Both descriptors of one reaped task are of one. */
	if (fstat(fds[EXITED], &one) || fstat(fds[EXITED_AGAIN], &again))
		die("fstat");
	snprintf(out + used, size - used, "same=%d cloexec=%d,%d\n", one.st_ino == again.st_ino,
		 fcntl(fds[SELF], F_GETFD), fcntl(fds[CHILD], F_GETFD));
}

static void watch(int fd, int number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static void end_all(const char *directory)
{
	static const int ends[] = { GRANDCHILD, CHILD };
	char path[4096], text[64] = "";
	struct epoll_event event;

	for (int i = 0; i < 2; i++) {
		if (syscall(SYS_pidfd_send_signal, fds[ends[i]], SIGKILL, NULL, 0))
			die("pidfd_send_signal");
		if (epoll_wait(epoll, &event, 1, 10000) != 1)
			die("epoll_wait");
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", event.data.u32);
		epoll_ctl(epoll, EPOLL_CTL_DEL, fds[ends[i]], NULL);
	}
	snprintf(path, sizeof(path), "%s/ended", directory);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (write(fd, text, strlen(text)) < 0)
		die("write");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pid_t child, grandchild, zombie;
	pthread_t thread;
	char path[4096], text[2048];

	if (argc != 2)
		return 2;
	epoll = epoll_create1(0);
	fds[EXITED] = ended(0x300, &fds[EXITED_AGAIN]);
	fds[ABORTED] = ended(SIGTERM, NULL);
	fds[KILLED] = ended(SIGKILL, NULL);
	fds[SELF] = open_pidfd(getpid(), 0);
	fcntl(fds[SELF], F_SETFD, 0);
	child = start(&grandchild);
	share(grandchild);
	zombie = fork();
	if (!zombie)
		_exit(5);
	fds[ZOMBIE] = open_pidfd(zombie, 0);
	siginfo_t info;
	if (waitid(P_PID, zombie, &info, WEXITED | WNOWAIT))
		die("waitid");
	if (pthread_create(&thread, NULL, sleeper, NULL))
		die("pthread_create");
	while (!tid)
		sleep_ms(1);
	fds[CHILD] = open_pidfd(child, O_NONBLOCK);
	fds[GRANDCHILD] = open_pidfd(grandchild, 0);
	fds[THREAD] = open_pidfd(tid, PIDFD_THREAD);
	fds[LEADER] = open_pidfd(getpid(), PIDFD_THREAD);
	watch(fds[CHILD], CHILD);
	watch(fds[GRANDCHILD], GRANDCHILD);
	snprintf(path, sizeof(path), "%s/end", argv[1]);
	status_open(argv[1]);
	for (uint64_t tick = 0;; tick++) {
		describe(text, sizeof(text));
		status_write(tick, text);
		if (!access(path, F_OK))
			end_all(argv[1]);
		sleep_ms(5);
	}
}
