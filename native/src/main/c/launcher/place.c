/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each installation has an engine of its own, found by a name that tells all files that it is made of: after an update
 * the old one is not found any more, and leaves. Two locks say more than the socket can, and end with who has them,
 * however he ends: whether there is an engine, and whether it has work.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABOVE "/run/torpor"
#define PLACE ABOVE "/engine"
#define LOCK_SUFFIX ".lock"

/* FNV-1a: no secret is kept by it. */
static void mix(uint64_t *hash, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < length; i++)
		*hash = (*hash ^ bytes[i]) * 0x100000001b3;
}

static void mix_file(uint64_t *hash, const char *path)
{
	struct stat stat_of;

	mix(hash, path, strlen(path) + 1);
	if (stat(path, &stat_of))
		return;
	mix(hash, &stat_of.st_dev, sizeof(stat_of.st_dev));
	mix(hash, &stat_of.st_ino, sizeof(stat_of.st_ino));
	mix(hash, &stat_of.st_size, sizeof(stat_of.st_size));
	mix(hash, &stat_of.st_ctim, sizeof(stat_of.st_ctim));
}

/* 0: it cannot be told. */
static uint64_t build_id(void)
{
	static const char *const parts[] = { "*.jar", "*.jsa", "*.so", "jvm/bin/java", "jvm/lib/modules", "jvm/lib/server/*" };
	uint64_t hash = 0xcbf29ce484222325;
	glob_t found = { 0 };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (glob(in_home(parts[i]), i ? GLOB_APPEND : 0, NULL, &found) == GLOB_NOSPACE)
			return 0;
	mix_file(&hash, "/proc/self/exe");
	for (size_t i = 0; i < found.gl_pathc; i++)
		mix_file(&hash, found.gl_pathv[i]);
	globfree(&found);
	return hash;
}

/* Nobody but root can have put anything there. */
static int is_ours_alone(const char *path)
{
	struct stat stat_of;

	return !lstat(path, &stat_of) && S_ISDIR(stat_of.st_mode) && stat_of.st_uid == 0 && !(stat_of.st_mode & 022);
}

static void name_place(struct engine_place *place, const char *socket, int length)
{
	snprintf(place->socket, sizeof(place->socket), "%.*s", length, socket);
	snprintf(place->unready, sizeof(place->unready), "%.*s.new", length, socket);
	snprintf(place->lock, sizeof(place->lock), "%.*s" LOCK_SUFFIX, length, socket);
	snprintf(place->training, sizeof(place->training), "%.*s.training", length, socket);
}

int find_engine_place(struct engine_place *place, int make)
{
	char socket[sizeof(PLACE) + 20];
	uint64_t id;

	if (make && ((mkdir(ABOVE, 0755) && errno != EEXIST) || (mkdir(PLACE, 0700) && errno != EEXIST)))
		return -1;
	if (!is_ours_alone(ABOVE) || !is_ours_alone(PLACE))
		return -1;
	id = build_id();
	if (!id)
		return -1;
	name_place(place, socket, snprintf(socket, sizeof(socket), PLACE "/%016lx", id));
	return 0;
}

static int open_lock(const struct engine_place *place)
{
	return open(place->lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Not if it was removed meanwhile, and is, or will be, another. */
static int is_found_at(int fd, const char *path)
{
	struct stat own, found;

	return !fstat(fd, &own) && !stat(path, &found) && own.st_ino == found.st_ino && own.st_dev == found.st_dev;
}

int take_engine_lock(const struct engine_place *place, int part, int wait)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = part, .l_len = 1 };

	for (;;) {
		int fd = open_lock(place);

		if (fd >= 0 && fcntl(fd, wait ? F_SETLKW : F_SETLK, &lock)) {
			close(fd);
			return -1;
		}
		if (fd < 0 || is_found_at(fd, place->lock))
			return fd;
		close(fd);
	}
}

/* Whoever has either part needs them. */
static void remove_unless_locked(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	struct engine_place place;

	if (fd < 0)
		return;
	if (!fcntl(fd, F_SETLK, &lock)) {
		name_place(&place, path, strlen(path) - strlen(LOCK_SUFFIX));
		unlink(place.socket);
		unlink(place.unready);
		unlink(place.lock);
	}
	close(fd);
}

void remove_other_places(const struct engine_place *place)
{
	glob_t found;

	if (glob(PLACE "/*" LOCK_SUFFIX, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (strcmp(found.gl_pathv[i], place->lock))
			remove_unless_locked(found.gl_pathv[i]);
	globfree(&found);
}

pid_t engine_lock_owner(const struct engine_place *place, int part)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = part, .l_len = 1 };
	int fd = open_lock(place);
	int failed = fd < 0 || fcntl(fd, F_GETLK, &lock);

	/* Only who has no part itself may ask: the kernel drops all locks of a process when it closes the file. */
	if (fd >= 0)
		close(fd);
	return failed || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}
