/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installed as `torpor`, `criu` and `torpor-runtime`. Keeps the pid and the descriptors that the
 * caller gave, answers what can be answered at once, and starts a JVM for the rest.
 */
#define _GNU_SOURCE
#include "hook.h"
#include "launcher.h"
#include "resident.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int is_version(int argc, char **argv)
{
	return argc == 2 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"));
}

static int is_hook(int argc, char **argv)
{
	return argc == 3 && !strcmp(argv[1], "hook") &&
	       (!strcmp(argv[2], "precreate") || !strcmp(argv[2], "createRuntime") || !strcmp(argv[2], "poststop"));
}

/* What the resident engine does, too. */
static int is_operation(int argc, char **argv)
{
	return argc > 1 && (!strcmp(argv[1], "dump") || !strcmp(argv[1], "restore"));
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

void forward_signals_by(void (*handler)(int))
{
	handle_signals(handler);
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

static int serve_swrk(const char *name, int argc, char **argv, int fd)
{
	int type = answer_version_requests(fd);

	if (type == RPC_RESTORE && argc == 3)
		leave_for_cgroups_of(getppid());
	return operate(name, argc, argv, fd, argc == 3 && (type == RPC_DUMP || type == RPC_RESTORE));
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

		if (write(1, version, sizeof(version) - 1) < 0)
			return 1;
		start_engine();
		return 0;
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
	if (argc >= 2 && !strcmp(argv[1], "engine"))
		return command_engine(argc, argv);
	if (argc == 2 && !strcmp(argv[1], "--serve")) {
		allow_all_descriptors();
		return serve();
	}
	if (is_hook(argc, argv) && !run_hook(&argc, &argv, &status))
		return status;
	if (argc == 3 && !strcmp(argv[1], "swrk"))
		status = serve_swrk(name, argc, argv, atoi(argv[2]));
	else
		status = operate(name, argc, argv, -1, is_operation(argc, argv));
	connection = status ? -1 : next_connection();
	if (connection >= 0)
		status = serve_connection(name, connection);
	part();
	return status;
}
