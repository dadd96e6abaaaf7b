/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs action scripts. They get the caller's environment, byte for byte, which the JVM does not have, and
 * the caller's own process is their parent, as with CRIU.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *read_text(int fd, size_t *length)
{
	struct stat stat;
	char *text;

	if (fstat(fd, &stat))
		return NULL;
	*length = stat.st_size;
	text = calloc(1, *length + 1);
	if (text && pread(fd, text, *length, 0) != (ssize_t)*length) {
		free(text);
		return NULL;
	}
	return text;
}

static void __attribute__((noreturn)) become(char *text, size_t length, const int *fds, int fd_count, int failure_fd)
{
	char *const argv[] = { text, NULL };
	int null = open("/dev/null", O_RDONLY);
	int output = fd_count > 2 ? fds[2] : -1;

	for (char *next = text + strlen(text) + 1; next < text + length; next += strlen(next) + 1)
		putenv(next);
	if (null < 0 || dup2(null, 0) < 0 || fchdir(fds[1]) ||
	    (output >= 0 && (dup2(output, 1) < 0 || dup2(output, 2) < 0)) || dup2(failure_fd, 3) < 0 ||
	    fcntl(3, F_SETFD, FD_CLOEXEC) || close_range(4, ~0U, 0))
		_exit(1);
	execvp(text, argv);
	if (write(3, &errno, sizeof(errno)) < 0) {
		/* Then the status says enough. */
	}
	_exit(1);
}

static int command_fds[3] = { -1, -1, -1 };

void remember_command(const int *fds, int fd_count)
{
	memcpy(command_fds, fds, fd_count * sizeof(*fds));
}

void become_command(void)
{
	size_t length, words = 0;
	char *text, **argv;

	if (command_fds[0] < 0)
		return;
	text = read_text(command_fds[0], &length);
	argv = calloc(length + 1, sizeof(*argv));
	if (!text || !argv || fchdir(command_fds[1]) ||
	    (command_fds[2] >= 0 && (dup2(command_fds[2], 1) < 0 || dup2(command_fds[2], 2) < 0))) {
		perror("torpor: --exec-cmd");
		exit(1);
	}
	for (char *next = text; next < text + length; next += strlen(next) + 1)
		argv[words++] = next;
	execvp(argv[0], argv);
	fprintf(stderr, "torpor: --exec-cmd: %s: %s: the tree runs without it\n", argv[0], strerror(errno));
	exit(1);
}

int32_t run_script(const int *fds, int fd_count)
{
	size_t length;
	char *text = read_text(fds[0], &length);
	int failure[2], status = 0, error = 0;
	pid_t pid;

	if (!text || pipe2(failure, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		become(text, length, fds, fd_count, failure[1]);
	if (pid < 0)
		error = errno;
	close(failure[1]);
	while (pid > 0 && !error && read(failure[0], &error, sizeof(error)) < 0 && errno == EINTR)
		;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(failure[0]);
	free(text);
	return error ? -error : status;
}
