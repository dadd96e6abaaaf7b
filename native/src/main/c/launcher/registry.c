/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers that are alive, a directory each: ID.PID.START, START being when the pid's process began, in ticks since
 * boot. In it is what only a hook can see, as it is; dev.torpor.runtime.hook.Registry reads it. That a container has ended
 * is believed of nobody but the kernel: hooks for it run where nothing has ended, or do not run at all.
 */
#define _GNU_SOURCE
#include "hook.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REGISTRY HOOK_HOME "/containers"

#define MAX_COMMAND_BYTES (256 << 10)

static const char *const files[] = { "state", "runtime", "monitor" };

/* Reads a file of /proc; what is longer than the buffer is cut. */
static ssize_t read_proc(pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t length = 0, got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((got = read(fd, buffer + length, size - 1 - length)) > 0)
		length += got;
	close(fd);
	buffer[length] = 0;
	return length;
}

/* Its start in ticks since boot, 0 if it has ended; the pid of its parent. proc_pid_stat(5) */
static unsigned long long look_at(pid_t pid, pid_t *parent)
{
	char stat[1024], state;
	unsigned long long start;
	char *behind_name;

	if (read_proc(pid, "stat", stat, sizeof(stat)) <= 0 || !(behind_name = strrchr(stat, ')')))
		return 0;
	if (sscanf(behind_name + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
		   parent, &start) != 3)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : start;
}

static void remove_entry(int registry, const char *name)
{
	int entry = openat(registry, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (entry < 0)
		return;
	for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(entry, files[i], 0);
	close(entry);
	unlinkat(registry, name, AT_REMOVEDIR);
}

static int is_dead(const char *name)
{
	const char *start = strrchr(name, '.'), *pid = start;
	pid_t parent;

	while (pid && pid > name && *--pid != '.')
		;
	if (!start || pid <= name)
		return 0;
	return look_at(atoi(pid + 1), &parent) != strtoull(start + 1, NULL, 10);
}

void drop_dead(void)
{
	DIR *registry = opendir(REGISTRY);
	struct dirent *entry;

	if (!registry)
		return;
	while ((entry = readdir(registry)))
		if (is_dead(entry->d_name))
			remove_entry(dirfd(registry), entry->d_name);
	closedir(registry);
}

static int write_file(int directory, const char *name, const char *content, ssize_t length)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int complete;

	if (fd < 0)
		return 0;
	complete = write(fd, content, length) == length;
	close(fd);
	return complete;
}

static int fill_entry(int directory, const struct text *state)
{
	static char command[MAX_COMMAND_BYTES];
	pid_t runtime = getppid(), monitor = 0;
	ssize_t length;

	if (!write_file(directory, "state", state->start, state->length))
		return 0;
	length = read_proc(runtime, "cmdline", command, sizeof(command));
	if (length < 0 || !write_file(directory, "runtime", command, length) || !look_at(runtime, &monitor))
		return 0;
	length = read_proc(monitor, "cmdline", command, sizeof(command));
	return write_file(directory, "monitor", command, length < 0 ? 0 : length);
}

static int is_id(const struct text *id)
{
	for (size_t i = 0; i < id->length; i++)
		if (!isalnum((unsigned char)id->start[i]) && !strchr("_+-.", id->start[i]))
			return 0;
	return id->length > 0 && id->length < 200 && id->start[0] != '.';
}

void note_container(const struct text *state)
{
	char name[256], unfinished[64];
	struct text id, pid;
	unsigned long long start;
	pid_t parent;
	int registry, entry = -1;

	if (!find_string(state->start, "id", &id) || !is_id(&id) || !find_member(state->start, "pid", &pid))
		return;
	start = look_at(atoi(pid.start), &parent);
	if (!start || (mkdir(HOOK_HOME, 0755) && errno != EEXIST) || (mkdir(REGISTRY, 0700) && errno != EEXIST))
		return;
	snprintf(name, sizeof(name), "%.*s.%d.%llu", (int)id.length, id.start, atoi(pid.start), start);
	/* Should we be killed meanwhile, it is the entry of somebody dead. */
	snprintf(unfinished, sizeof(unfinished), ".new.%d.%llu", getpid(), look_at(getpid(), &parent));
	registry = open(REGISTRY, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (registry >= 0 && !mkdirat(registry, unfinished, 0700))
		entry = openat(registry, unfinished, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (entry >= 0) {
		if (!fill_entry(entry, state) || renameat(registry, unfinished, registry, name))
			remove_entry(registry, unfinished);
		close(entry);
	}
	if (registry >= 0)
		close(registry);
}
