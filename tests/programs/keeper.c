/* SPDX-License-Identifier: Apache-2.0
 *
 * keeper: starts programs for a test and reaps every orphan below it.
 *
 * A restored tree is an orphan once the restorer has left. PID 1 need not reap it promptly, and a
 * zombie keeps its pid taken; so the keeper is a child subreaper, and the tests start both the program
 * and the dumper through it. When its stdin ends (also because the test's JVM died) it kills what
 * is left below it.
 *
 *   in:   run<TAB>DIRECTORY<TAB>OUTPUT<TAB>PROGRAM[<TAB>ARGUMENT]...
 *         children
 *   out:  started PID            a session leader: stdin /dev/null, stdout and stderr appended to OUTPUT
 *         exited PID CODE        any child, adopted ones too; CODE is 128 + N for signal N
 *         children[ PID]...      answers: complete, since nobody but the keeper takes one off the list meanwhile
 */
#include "common.h"
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#define MAX_FIELDS 256

static void run(char *line)
{
	char *fields[MAX_FIELDS + 1];
	int count = 0;
	pid_t pid;

	for (char *field; count < MAX_FIELDS && (field = strsep(&line, "\t"));)
		fields[count++] = field;
	fields[count] = NULL;
	if (count < 4 || strcmp(fields[0], "run")) {
		fprintf(stderr, "keeper: bad command %s\n", fields[0]);
		exit(2);
	}
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		sigset_t none;
		int in = open("/dev/null", O_RDONLY);
		int out = open(fields[2], O_WRONLY | O_CREAT | O_APPEND, 0644);

		if (in < 0 || out < 0 || chdir(fields[1]))
			_exit(126);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		dup2(in, 0);
		dup2(out, 1);
		dup2(out, 2);
		/* The program must hold nothing of the keeper or of the JVM. */
		close_range(3, ~0U, 0);
		execvp(fields[3], fields + 3);
		dprintf(2, "exec %s: %s\n", fields[3], strerror(errno));
		_exit(127);
	}
	printf("started %d\n", pid);
}

/* Returns whether children are left. */
static int reap(int options)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, options)) > 0)
		printf("exited %d %d\n", pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return !(pid < 0 && errno == ECHILD);
}

#define CHILDREN_BYTES 65536

static void read_children(char *children)
{
	char path[64];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY);
	length = read(fd, children, CHILDREN_BYTES - 1);
	close(fd);
	if (length < 0)
		die(path);
	children[length] = 0;
}

/* Kills the direct children; what they leave behind becomes a direct child in turn. */
static void kill_children(void)
{
	char children[CHILDREN_BYTES];
	long pid;

	read_children(children);
	for (char *at = children, *end; (pid = strtol(at, &end, 10)), end != at; at = end)
		kill(pid, SIGKILL);
}

static void list_children(void)
{
	char children[CHILDREN_BYTES];
	long pid;

	read_children(children);
	printf("children");
	for (char *at = children, *end; (pid = strtol(at, &end, 10)), end != at; at = end)
		printf(" %ld", pid);
	printf("\n");
}

static void obey(char *line)
{
	if (strcmp(line, "children"))
		run(line);
	else
		list_children();
}

/* A JVM changes its own, which programs under test would inherit: MMF_DUMP_FILTER_DEFAULT of the kernel. */
static void reset_coredump_filter(void)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0x33", 4) != 4)
		die("coredump_filter");
	close(fd);
}

int main(void)
{
	char buffer[65536];
	size_t used = 0;
	sigset_t child;
	struct pollfd polled[2];

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	reset_coredump_filter();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("PR_SET_CHILD_SUBREAPER");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	polled[0] = (struct pollfd){ .fd = 0, .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN };
	for (;;) {
		if (poll(polled, 2, -1) < 0)
			continue;
		if (polled[1].revents) {
			struct signalfd_siginfo info;

			while (read(polled[1].fd, &info, sizeof(info)) > 0)
				;
			reap(WNOHANG);
		}
		if (polled[0].revents) {
			ssize_t got = read(0, buffer + used, sizeof(buffer) - used);
			char *end;

			if (got <= 0)
				break;
			used += got;
			while ((end = memchr(buffer, '\n', used))) {
				*end = 0;
				obey(buffer);
				used -= end + 1 - buffer;
				memmove(buffer, end + 1, used);
			}
		}
	}
	do {
		kill_children();
		sleep_ms(2);
	} while (reap(WNOHANG));
	return 0;
}
