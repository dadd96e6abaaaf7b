/* SPDX-License-Identifier: Apache-2.0 */
/* One command line, by the resident engine or by a JVM of its own. */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The guardian has a descriptor per task, and the tasks that are restored have the numbers that they had:
 * the limit that we were started with is not meant for them. They get their own back.
 */
static struct rlimit callers_descriptors;

void allow_all_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	callers_descriptors = limit;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Java empties what the JVM wrote when it speaks for itself: if there is something, it never came to that.
 * One line of it: what stands behind the names of the functions that it came through is for nobody here.
 */
static int report_start_failure(int messages_fd, int socket_fd)
{
	static const char lead[] = "torpor: Java does not start: ";
	static const char way_out[] = ": raise its limits (ulimit -n, -d, -v, pids.max) or install it again";
	char text[1024], line[sizeof(lead) + sizeof(text) + sizeof(way_out)];
	ssize_t length = pread(messages_fd, text, sizeof(text) - 1, 0);
	char *end = stpcpy(line, lead), *rest;

	if (length <= 0)
		return 0;
	text[length] = 0;
	for (char *next = strtok_r(text, "\n", &rest); next; next = strtok_r(NULL, "\n", &rest)) {
		if (*next == '\t')
			continue;
		if (end > line + sizeof(lead) - 1)
			*end++ = ' ';
		end = stpcpy(end, next);
	}
	stpcpy(end, way_out);
	fprintf(stderr, "%s\n", line);
	if (socket_fd >= 0)
		answer_failure(socket_fd, line);
	return 1;
}

static void report_signal(int status)
{
	fprintf(stderr, "torpor: the JVM was killed by signal %d%s: a tree being dumped goes on, one being restored is gone\n",
		WTERMSIG(status),
		WTERMSIG(status) == SIGABRT ? ", its own, for want of memory or threads (ulimit -d, -v, pids.max)" : "");
}

/* A JVM of our own, which dies with us: the caller knows only our pid. */
static pid_t start_jvm(const char *name, int argc, char **argv, int *control_fd, int *messages_fd)
{
	int control[2];
	struct jvm_fds fds;
	pid_t launcher = getpid(), jvm;

	fds.environment = open("/proc/self/environ", O_RDONLY);
	fds.messages = memfd_create("torpor-messages", 0);
	if (fds.environment < 0 || fds.messages < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control)) {
		perror("torpor: /proc/self/environ, memfd or socketpair");
		return -1;
	}
	fds.control = control[1];
	jvm = fork();
	if (jvm < 0) {
		perror("torpor: fork");
		return -1;
	}
	if (jvm == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != launcher)
			_exit(1);
		close(control[0]);
		exec_jvm(name, &fds, argc, argv);
	}
	forward_signals_to(jvm);
	close(control[1]);
	close(fds.environment);
	fcntl(fds.messages, F_SETFD, FD_CLOEXEC);
	*control_fd = control[0];
	*messages_fd = fds.messages;
	return jvm;
}

/* What a JVM of our own has to say when it ended; whether it never came to the operation. */
static int report_end(int status, int messages_fd, int swrk_fd)
{
	if (report_start_failure(messages_fd, swrk_fd))
		return 1;
	if (WIFSIGNALED(status))
		report_signal(status);
	close(messages_fd);
	return 0;
}

int operate(const char *name, int argc, char **argv, int swrk_fd, int for_engine)
{
	int control = for_engine ? hand_over(name, argc, argv) : -1;
	int by_engine = control >= 0, messages = -1, status = 0;
	pid_t jvm = by_engine ? 0 : start_jvm(name, argc, argv, &control, &messages), restored;

	if (jvm < 0)
		return 1;
	allow_all_descriptors();
	restored = serve_jvm(control);
	close(control);
	if (by_engine)
		status = await_engine();
	else
		wait_for(jvm, &status);
	/*
	 * When we end after a failure, all is taken back. After a success we end at once: killed in
	 * between, the tree would run on although our status says that it does not.
	 */
	end_guardian(exit_code(status) == 0, exit_code(status) != 0 || restored > 0);
	/* A task that the guardian ended keeps its pid until then, and the next restore wants it. */
	if (exit_code(status) != 0)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	if (by_engine && WIFSIGNALED(status))
		report_signal(status);
	if (!by_engine && report_end(status, messages, swrk_fd))
		return 1;
	setrlimit(RLIMIT_NOFILE, &callers_descriptors);
	if (for_engine && !by_engine)
		start_engine();
	if (exit_code(status) == 0) {
		/* The client waits until nobody has it. */
		if (swrk_fd >= 0)
			close(swrk_fd);
		become_command();
	}
	if (restored > 0 && exit_code(status) == 0) {
		int ignored;

		wait_for(restored, &ignored);
	}
	return exit_code(status);
}
