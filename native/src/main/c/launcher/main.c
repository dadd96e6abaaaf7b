/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installed as `torpor`, `criu` and `torpor-runtime`. Keeps the pid and the descriptors that the
 * caller gave, answers what can be answered at once, and starts a JVM for the rest.
 */
#define _GNU_SOURCE
#include "hook.h"
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t forward_to;

static void forward(int signal_number)
{
	kill(forward_to, signal_number);
}

/* A JVM or libc must not find a file of ours at 0, 1 or 2: LXC starts us with 2 closed. */
static void fill_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/*
 * The guardian has a descriptor per task, and the tasks that are restored have the numbers that they had:
 * the limit that we were started with is not meant for them. They get their own back.
 */
static struct rlimit callers_descriptors;

static void allow_all_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	callers_descriptors = limit;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int is_version(int argc, char **argv)
{
	return argc == 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"));
}

static int is_hook(int argc, char **argv)
{
	return argc == 3 && !strcmp(argv[1], "hook") &&
	       (!strcmp(argv[2], "precreate") || !strcmp(argv[2], "createRuntime") || !strcmp(argv[2], "poststop"));
}

static void handle_signals(void (*handler)(int))
{
	static const int forwarded[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	for (unsigned i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaction(forwarded[i], &action, NULL);
}

void forward_signals_to(pid_t pid)
{
	forward_to = pid;
	handle_signals(forward);
}

void stop_forwarding_signals(void)
{
	handle_signals(SIG_DFL);
}

int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
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

/*
 * --close: before anything of ours can have that number. Java sees to it that the option is what we take it for; names
 * may be shortened.
 */
static void close_named(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		size_t length = strcspn(argv[i], "=");

		if (length < 4 || length > 7 || strncmp(argv[i], "--close", length))
			continue;
		if (argv[i][length])
			close(atoi(argv[i] + length + 1));
		else if (i + 1 < argc)
			close(atoi(argv[++i]));
	}
}

/* One command line, by a JVM; our exit status. */
static int operate(const char *name, int argc, char **argv, int swrk_fd)
{
	int control[2];
	int status = 0;
	struct jvm_fds fds;
	pid_t launcher = getpid(), jvm, restored;

	fds.environment = open("/proc/self/environ", O_RDONLY);
	fds.messages = memfd_create("torpor-messages", 0);
	if (fds.environment < 0 || fds.messages < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control)) {
		perror("torpor: /proc/self/environ, memfd or socketpair");
		return 1;
	}
	fds.control = control[1];
	jvm = fork();
	if (jvm < 0) {
		perror("torpor: fork");
		return 1;
	}
	if (jvm == 0) {
		/* Dies with us: the caller knows only our pid. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != launcher)
			_exit(1);
		close(control[0]);
		exec_jvm(name, &fds, argc, argv);
	}
	forward_signals_to(jvm);
	allow_all_descriptors();
	close(control[1]);
	close(fds.environment);
	fcntl(fds.messages, F_SETFD, FD_CLOEXEC);
	restored = serve_jvm(control[0]);
	close(control[0]);
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
	if (report_start_failure(fds.messages, swrk_fd))
		return 1;
	if (WIFSIGNALED(status))
		fprintf(stderr,
			"torpor: the JVM was killed by signal %d%s: a tree being dumped goes on, one being restored is gone\n",
			WTERMSIG(status),
			WTERMSIG(status) == SIGABRT ? ", its own, for want of memory or threads (ulimit -d, -v, pids.max)" : "");
	close(fds.messages);
	setrlimit(RLIMIT_NOFILE, &callers_descriptors);
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

static int serve_swrk(const char *name, int argc, char **argv, int fd)
{
	if (answer_version_requests(fd) && argc == 3)
		leave_for_cgroups_of(getppid());
	return operate(name, argc, argv, fd);
}

static int serve_connection(const char *name, int fd)
{
	char number[16];
	char *argv[] = { (char *)name, "swrk", number, "service", NULL };

	snprintf(number, sizeof(number), "%d", fd);
	return serve_swrk(name, 4, argv, fd);
}

int main(int argc, char **argv)
{
	int status = 0, connection;
	const char *name = basename(argv[0]);

	if (!is_runtime_name(name) && is_version(argc, argv)) {
		static const char version[] = "Version: 4.2\n";

		return write(1, version, sizeof(version) - 1) < 0;
	}
	/* For the JVM: Java starts no program under another name than its own, which hooks of containers may want. */
	if (argc > 3 && !strcmp(argv[1], "--run-as")) {
		execv(argv[2], argv + 3);
		perror(argv[2]);
		return 127;
	}
	if (!is_runtime_name(name))
		close_named(argc, argv);
	fill_standard_fds();
	if (is_runtime_name(name)) {
		if (!front(name, &argc, &argv))
			return 0;
		name = argv[0];
	}
	if (argc == 2 && !strcmp(argv[1], "--serve")) {
		allow_all_descriptors();
		return serve();
	}
	if (is_hook(argc, argv) && !run_hook(&argc, &argv, &status))
		return status;
	if (argc == 3 && !strcmp(argv[1], "swrk"))
		status = serve_swrk(name, argc, argv, atoi(argv[2]));
	else
		status = operate(name, argc, argv, -1);
	connection = status ? -1 : next_connection();
	if (connection >= 0)
		status = serve_connection(name, connection);
	part();
	return status;
}
