/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine works for whoever could have been its parent: all that a JVM has of the launcher, and that an operation can
 * notice, must be the same. What is not is done as ever, by a JVM of its own.
 */
#define _GNU_SOURCE
#include "resident.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINK_BYTES 64
#define TEXT_BYTES 4096

/* The inodes of what the machine begins with, linux/proc_ns.h; those of the last two are fixed since Linux 6.18. */
static const struct {
	const char *name;
	const char *first;
} kinds[] = {
	{ "pid", "pid:[4026531836]" },	     { "user", "user:[4026531837]" }, { "uts", "uts:[4026531838]" },
	{ "ipc", "ipc:[4026531839]" },	     { "time", "time:[4026531834]" }, { "cgroup", "cgroup:[4026531835]" },
	{ "net", "net:[4026531833]" },	     { "mnt", "mnt:[4026531832]" },
};

static const char *const for_children[] = { "pid_for_children", "time_for_children" };

static int read_namespace(const char *process, const char *name, char *link)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, name);
	length = readlink(path, link, LINK_BYTES - 1);
	if (length < 0)
		return 0;
	link[length] = 0;
	return 1;
}

static int is_same_namespace(const char *process, const char *name)
{
	char own[LINK_BYTES], other[LINK_BYTES];

	return read_namespace("self", name, own) && read_namespace(process, name, other) && !strcmp(own, other);
}

static int is_same_root(const char *process)
{
	struct statx own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/root/", process);
	return !statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &own) &&
	       !statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &other) && own.stx_ino == other.stx_ino &&
	       own.stx_mnt_id == other.stx_mnt_id && own.stx_dev_major == other.stx_dev_major &&
	       own.stx_dev_minor == other.stx_dev_minor;
}

int are_of_the_machine(void)
{
	char link[LINK_BYTES];
	struct statx root;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!read_namespace("self", kinds[i].name, link) ||
		    (strcmp(link, kinds[i].first) && (i < 6 || !is_same_namespace("1", kinds[i].name))))
			return 0;
	for (size_t i = 0; i < sizeof(for_children) / sizeof(*for_children); i++) {
		const char *first = i ? kinds[4].first : kinds[0].first;

		if (!read_namespace("self", for_children[i], link) || strcmp(link, first))
			return 0;
	}
	return !statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &root) && (root.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

static ssize_t read_text(const char *process, const char *name, char *text)
{
	char path[64];
	ssize_t length = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", process, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		length = read(fd, text, TEXT_BYTES - 1);
		close(fd);
	}
	text[length < 0 ? 0 : length] = 0;
	return length;
}

/* Who it is, and what it may; its processors. Of filters only none can be told to be the same. */
static int has_same_rights(const char *process)
{
	static const char *const lines[] = {
		"\nUid:", "\nGid:", "\nGroups:", "\nCapInh:", "\nCapPrm:", "\nCapEff:", "\nCapBnd:", "\nCapAmb:", "\nNoNewPrivs:",
		"\nSeccomp:", "\nCpus_allowed:", "\nMems_allowed:",
	};
	char own[TEXT_BYTES], other[TEXT_BYTES];

	if (read_text("self", "status", own) <= 0 || read_text(process, "status", other) <= 0)
		return 0;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *here = strstr(own, lines[i]), *there = strstr(other, lines[i]);
		size_t length;

		if (!here || !there)
			return 0;
		length = strcspn(here + 1, "\n") + 2;
		if (strncmp(here, there, length))
			return 0;
	}
	return strstr(own, "\nSeccomp:\t0\n") != NULL;
}

/* Where there is no such file it is the same, too: in some kernels reading it fails. */
static int has_same_text(const char *process, const char *name)
{
	char own[TEXT_BYTES], other[TEXT_BYTES];

	read_text("self", name, own);
	read_text(process, name, other);
	return !strcmp(own, other);
}

static int has_same_limits(pid_t pid)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit own, other;

		if (prlimit(0, resource, NULL, &own) || prlimit(pid, resource, NULL, &other) || own.rlim_max != other.rlim_max)
			return 0;
		/* Of descriptors a JVM takes all that it may have. */
		if (resource != RLIMIT_NOFILE && own.rlim_cur != other.rlim_cur)
			return 0;
	}
	return 1;
}

static int has_same_turns(pid_t pid)
{
	return sched_getscheduler(0) == sched_getscheduler(pid) &&
	       getpriority(PRIO_PROCESS, 0) == getpriority(PRIO_PROCESS, pid);
}

int is_like_us(pid_t pid)
{
	static const char *const texts[] = { "attr/current", "personality", "loginuid" };
	char process[16];

	snprintf(process, sizeof(process), "%d", pid);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!is_same_namespace(process, kinds[i].name))
			return 0;
	for (size_t i = 0; i < sizeof(for_children) / sizeof(*for_children); i++)
		if (!is_same_namespace(process, for_children[i]))
			return 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!has_same_text(process, texts[i]))
			return 0;
	return is_same_root(process) && has_same_rights(process) && has_same_limits(pid) && has_same_turns(pid);
}
