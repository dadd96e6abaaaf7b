/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors, for the programs properties-* that are about them.
 */
#ifndef TORPOR_TESTS_DESCRIPTORS_H
#define TORPOR_TESTS_DESCRIPTORS_H

#include "properties.h"
#include <fcntl.h>
#include <sys/ioctl.h>

/* One descriptor each, found by its number in the table of the group. */
static int fds[64];

static inline int open_new(const char *name, int flags)
{
	return open(in_directory(name), flags | O_CREAT, 0644);
}

/* What fdinfo has in a line, beside which file it is: numbers of inodes differ by nature. */
struct info {
	int *fd;
	const char *key;
};

static inline int get_info(char *value, const void *of)
{
	const struct info *info = of;
	char path[64];
	struct line line = { path, info->key };

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", *info->fd);
	return get_line(value, &line);
}

static inline int get_target(char *value, const void *of)
{
	char path[64], target[512] = { 0 };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(const int *)of);
	return readlink(path, target, sizeof(target) - 1) < 0 ? -1 : say(value, "%s", target);
}

static inline int get_open(char *value, const void *of)
{
	return say(value, "%d %d", *(const int *)of, fcntl(*(const int *)of, F_GETFD));
}

static inline int get_waiting(char *value, const void *of)
{
	int count = -1;

	return ioctl(*(const int *)of, FIONREAD, &count) ? -1 : say(value, "%d", count);
}

#endif
