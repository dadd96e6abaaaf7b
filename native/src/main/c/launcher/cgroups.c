/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc moves its engine into the container's cgroups, limits in force, before it asks for a restore, so
 * that all the engine makes is born there. For the tree that is right. The engine itself goes back to where
 * its caller is: a container of 16 MB has no room for a JVM, nor one of 3 pids for its threads.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cgroup2, and version 1 hierarchies: at most one for each controller (CGROUP_SUBSYS_COUNT in the kernel), and named ones. */
#define MAX_HIERARCHIES 32

struct left {
	int directory_fd;
	int unified;
};

static struct left left[MAX_HIERARCHIES];
static int left_count;

static int has_word(const char *words, const char *word, size_t length)
{
	for (; words; words = strchr(words, ',')) {
		words += *words == ',';
		if (!strncmp(words, word, length) && (!words[length] || words[length] == ','))
			return 1;
	}
	return 0;
}

/* The directory of a cgroup in one mount, a line of /proc/self/mountinfo; -1 if it does not show it. */
static int open_in_mount(const char *line, const char *controllers, const char *path)
{
	char root[PATH_MAX], point[PATH_MAX], type[16], options[PATH_MAX], directory[2 * PATH_MAX];
	const char *separator = strstr(line, " - ");
	size_t above;
	int fd;

	if (!separator || sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2 ||
	    sscanf(separator, " - %15s %*s %4095s", type, options) != 2)
		return -1;
	if (strcmp(type, *controllers ? "cgroup" : "cgroup2"))
		return -1;
	/* No controller is in two hierarchies: the first tells. */
	if (*controllers && !has_word(options, controllers, strcspn(controllers, ",")))
		return -1;
	above = strcmp(root, "/") ? strlen(root) : 0;
	if (strncmp(path, root, above) || (above && path[above] && path[above] != '/'))
		return -1;
	snprintf(directory, sizeof(directory), "%s%s", point, path + above);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Something else may be mounted over it. */
	if (fd >= 0 && faccessat(fd, "cgroup.procs", W_OK, 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_cgroup(const char *controllers, const char *path)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int fd = -1;

	while (mounts && fd < 0 && getline(&line, &size, mounts) > 0)
		fd = open_in_mount(line, controllers, path);
	free(line);
	if (mounts)
		fclose(mounts);
	return fd;
}

static int move(int directory_fd, pid_t pid)
{
	int fd = openat(directory_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	int failed = fd < 0 || dprintf(fd, "%d", pid) < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	return -failed;
}

/* Where we cannot leave we stay, and the tree will be born there all the same. */
static void leave(const char *controllers, const char *from, const char *to)
{
	int own = open_cgroup(controllers, from);
	int callers = own < 0 ? -1 : open_cgroup(controllers, to);

	if (callers >= 0 && left_count < MAX_HIERARCHIES && !move(callers, getpid())) {
		left[left_count].directory_fd = own;
		left[left_count++].unified = !*controllers;
		own = -1;
	}
	if (callers >= 0)
		close(callers);
	if (own >= 0)
		close(own);
}

/* A line of /proc/PID/cgroup, HIERARCHY:CONTROLLERS:PATH; its controllers. */
static char *split(char *line, char **path)
{
	char *controllers = strchr(line, ':');

	*path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!*path)
		return NULL;
	*(*path)++ = 0;
	(*path)[strcspn(*path, "\n")] = 0;
	return controllers + 1;
}

void leave_for_cgroups_of(pid_t caller)
{
	char name[32];
	char *own = NULL, *callers = NULL;
	size_t own_size = 0, callers_size = 0;
	FILE *own_file, *callers_file;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", caller);
	own_file = fopen("/proc/self/cgroup", "re");
	callers_file = fopen(name, "re");
	/* Both list the same hierarchies in the same order. */
	while (own_file && callers_file && getline(&own, &own_size, own_file) > 0 &&
	       getline(&callers, &callers_size, callers_file) > 0) {
		char *from, *to;
		char *controllers = split(own, &from), *same = split(callers, &to);

		if (controllers && same && !strcmp(controllers, same) && strcmp(from, to))
			leave(controllers, from, to);
	}
	free(own);
	free(callers);
	if (own_file)
		fclose(own_file);
	if (callers_file)
		fclose(callers_file);
}

int leave_for_first_cgroups(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL;
	size_t size = 0;
	int left_all = file != NULL;

	while (left_all && getline(&line, &size, file) > 0) {
		char *path, *controllers = split(line, &path);
		int first = controllers && strcmp(path, "/") ? open_cgroup(controllers, "/") : -1;

		left_all = controllers && (!strcmp(path, "/") || (first >= 0 && !move(first, getpid())));
		if (first >= 0)
			close(first);
	}
	free(line);
	if (file)
		fclose(file);
	return left_all;
}

void be_born_in_left_cgroups(struct clone_args *args)
{
	for (int i = 0; i < left_count; i++)
		if (left[i].unified) {
			args->flags |= CLONE_INTO_CGROUP;
			args->cgroup = left[i].directory_fd;
		}
}

int move_to_left_cgroups(pid_t pid)
{
	int failed = 0;

	for (int i = 0; i < left_count && !failed; i++)
		if (!left[i].unified)
			failed = move(left[i].directory_fd, pid);
	return failed;
}
