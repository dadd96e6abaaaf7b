/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torpor-runtime: the command line of an OCI runtime. All but checkpoint, restore and features is run by the
 * runtime that we front, in our own process, without a JVM. runc takes these two as well, with the criu
 * beside us in its PATH; a JVM is asked only for what it did not say when it failed.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONFIGURATION "/etc/torpor/runtime.conf"

enum { RUNC, CRUN, KINDS };

static const char *const kinds[KINDS] = { "runc", "crun" };

/* Not PATH: engines start some commands of one container with it and some without. */
static const char *const directories[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

static const char *const own_commands[] = { "checkpoint", "restore", "features" };

/* Options before the command that take a value, of runc and crun. */
static const char *const with_value[] = { "root", "log", "log-format", "log-level", "criu", "rootless", "cgroup-manager" };

struct configuration {
	const char *paths[KINDS];
	int kind;
};

static void __attribute__((noreturn, format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("torpor-runtime: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

static int kind_of(const char *name)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (!strcmp(name, kinds[kind]))
			return kind;
	return -1;
}

static int is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, words[i]))
			return 1;
	return 0;
}

#define IS_ONE_OF(word, words) is_one_of(word, words, sizeof(words) / sizeof(*(words)))

int is_runtime_name(const char *name)
{
	return !strcmp(name, "torpor-runtime") || kind_of(name) >= 0;
}

/* Lines `runtime = runc|crun`, `runc = PATH`, `crun = PATH`, and comments. */
static void read_configuration(struct configuration *configuration)
{
	FILE *file = fopen(CONFIGURATION, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file && errno != ENOENT)
		complain(CONFIGURATION " cannot be read: %s", strerror(errno));
	for (int number = 1; file && getline(&line, &size, file) >= 0; number++) {
		char *rest, *key = strtok_r(line, " \t=\n", &rest), *value = strtok_r(NULL, " \t=\n", &rest);

		if (!key || *key == '#')
			continue;
		if (!value || strtok_r(NULL, " \t\n", &rest))
			complain(CONFIGURATION " line %d: expected `%s = VALUE`", number, key);
		if (!strcmp(key, "runtime") && kind_of(value) >= 0)
			configuration->kind = kind_of(value);
		else if (kind_of(key) >= 0 && *value == '/')
			configuration->paths[kind_of(key)] = strdup(value);
		else
			complain(CONFIGURATION " line %d: `%s = %s`: there are `runtime = runc` or `crun`, and `runc =` and `crun =` "
				 "with a path", number, key, value);
	}
	if (file)
		fclose(file);
	free(line);
}

/* The runtime of a kind, if it is there and is not another name of ours. */
static const char *find(const struct configuration *configuration, int kind)
{
	struct stat self, found;
	char *path;

	if (configuration->paths[kind])
		return configuration->paths[kind];
	if (stat("/proc/self/exe", &self))
		complain("/proc/self/exe: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
		if (asprintf(&path, "%s/%s", directories[i], kinds[kind]) < 0)
			complain("no memory");
		if (!stat(path, &found) && (found.st_dev != self.st_dev || found.st_ino != self.st_ino) && !access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* By the name that we have, or as configured, or the first that is there. */
static const char *choose(const char *name, int *kind)
{
	struct configuration configuration = { .kind = -1 };
	const char *path = NULL;

	read_configuration(&configuration);
	*kind = kind_of(name) >= 0 ? kind_of(name) : configuration.kind;
	if (*kind >= 0)
		path = find(&configuration, *kind);
	else
		while (!path && ++*kind < KINDS)
			path = find(&configuration, *kind);
	if (!path)
		complain("there is no %s to front in /usr/local, /usr or /: install it, or name one in " CONFIGURATION,
			 *kind < KINDS ? kinds[*kind] : "runc or crun");
	return path;
}

/* Where the command stands in argv; 0 if there is none. */
static int find_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + strspn(argv[i], "-");

		if (name == argv[i])
			return i;
		if (IS_ONE_OF(name, with_value))
			i++;
	}
	return 0;
}

static void __attribute__((noreturn)) become(const char *path, char **argv)
{
	execv(path, argv);
	complain("%s cannot be run: %s", path, strerror(errno));
}

/* runc looks for `criu` in PATH. */
static void put_our_criu_first(void)
{
	char self[PATH_MAX], *value;
	const char *path = getenv("PATH");
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0)
		complain("/proc/self/exe: %s", strerror(errno));
	self[length] = 0;
	if (asprintf(&value, "%s:%s", dirname(self), path ? path : "/usr/sbin:/usr/bin:/sbin:/bin") < 0 || setenv("PATH", value, 1))
		complain("no memory");
}

/*
 * runc with our criu; its exit status. The container may be its child for as long as that runs, and has its
 * descriptors unless errors_fd is to take what it says.
 */
static int run(const char *path, char **argv, int errors_fd)
{
	pid_t self = getpid(), pid = fork();
	int status = 0;

	if (pid < 0)
		complain("fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(1);
		put_our_criu_first();
		if (errors_fd >= 0)
			dup2(errors_fd, 2);
		become(path, argv);
	}
	forward_signals_to(pid);
	wait_for(pid, &status);
	return exit_code(status);
}

static void repeat(int errors_fd)
{
	char text[4096];
	ssize_t length;

	for (off_t at = 0; errors_fd >= 0 && (length = pread(errors_fd, text, sizeof(text), at)) > 0; at += length)
		if (write(2, text, length) < 0)
			return;
}

/* How a runtime ended that was run. */
struct outcome {
	int status;
	int errors_fd;	/* what it said, or -1 */
	struct timespec start;
};

/* For dev.torpor.runtime.front.FrontCommand: the outcome, who the runtime is, the command line. */
static void ask_jvm(const struct outcome *outcome, int kind, const char *path, int *argc, char ***argv)
{
	char **asked = calloc(*argc + 6, sizeof(char *));

	if (!asked || asprintf(&asked[1], "%d", outcome->status) < 0 || asprintf(&asked[2], "%d", outcome->errors_fd) < 0 ||
	    asprintf(&asked[3], "%lld", outcome->start.tv_sec * 1000LL + outcome->start.tv_nsec / 1000000) < 0)
		complain("no memory");
	asked[0] = "torpor-runtime";
	asked[4] = (char *)kinds[kind];
	asked[5] = (char *)path;
	memcpy(asked + 6, *argv + 1, (*argc - 1) * sizeof(char *));
	*argv = asked;
	*argc += 5;
}

int front(const char *name, int *argc, char ***argv)
{
	int kind, command = find_command(*argc, *argv);
	const char *path = choose(name, &kind);
	struct outcome outcome = { .errors_fd = -1 };

	if (!command || !IS_ONE_OF((*argv)[command], own_commands))
		become(path, *argv);
	/* The clock that files are stamped by. */
	clock_gettime(CLOCK_REALTIME_COARSE, &outcome.start);
	if (kind == RUNC && strcmp((*argv)[command], "features")) {
		/* containerd shows the first line only: it is to have the cause. */
		if (!strcmp((*argv)[command], "checkpoint"))
			outcome.errors_fd = memfd_create("torpor-errors", 0);
		outcome.status = run(path, *argv, outcome.errors_fd);
		if (!outcome.status) {
			repeat(outcome.errors_fd);
			return 0;
		}
	}
	ask_jvm(&outcome, kind, path, argc, argv);
	return 1;
}
