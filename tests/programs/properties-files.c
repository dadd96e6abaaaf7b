/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-files: descriptors of files, deleted ones, locks.
 */
#include "descriptors.h"
#include <linux/kcmp.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* Descriptors of regular files. */

struct opening {
	int *fd, flags;
};

static int open_with(const void *of)
{
	const struct opening *opening = of;

	*opening->fd = open_new("opened", opening->flags);
	return *opening->fd;
}

static int get_flags(char *value, const void *of)
{
	const struct opening *opening = of;
	int flags = fcntl(*opening->fd, F_GETFL), cloexec = fcntl(*opening->fd, F_GETFD);

	return flags < 0 ? -1 : say(value, "%o %d", flags, cloexec);
}

#define OPENED(number, name, flags) \
	property(name, open_with, get_flags, (opened[number] = (struct opening){ &fds[number], flags }, &opened[number]))

static struct opening opened[16];

static int seek(const void *of)
{
	fds[20] = open_new("sought", O_RDWR);
	return write(fds[20], of, strlen(of)) < 0 ? -1 : (int)lseek(fds[20], 3, SEEK_SET);
}

static int get_position(char *value, const void *of)
{
	(void)of;
	return say(value, "%ld", (long)lseek(fds[20], 0, SEEK_CUR));
}

static int duplicate(const void *of)
{
	(void)of;
	fds[21] = open_new("shared", O_RDWR);
	fds[22] = dup(fds[21]);
	return fds[22];
}

static int get_same(char *value, const void *of)
{
	(void)of;
	if (!fds[22])
		return -1;
	return say(value, "%ld", syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, fds[21], fds[22]));
}

static int open_high(const void *of)
{
	(void)of;
	fds[23] = fcntl(open_new("high", O_RDWR), F_DUPFD, 900);
	return fds[23];
}

static int set_owner(const void *of)
{
	(void)of;
	fds[24] = eventfd(0, 0);
	return fcntl(fds[24], F_SETOWN, getpid());
}

static int set_signal(const void *of)
{
	(void)of;
	fds[26] = eventfd(0, 0);
	return fcntl(fds[26], F_SETSIG, SIGUSR1);
}

static int get_owner(char *value, const void *of)
{
	(void)of;
	return say(value, "%d", fcntl(fds[24], F_GETOWN) == getpid());
}

static int get_signal(char *value, const void *of)
{
	(void)of;
	return say(value, "%d", fcntl(fds[26], F_GETSIG));
}

static int set_hint(const void *of)
{
	uint64_t hint = 3;

	(void)of;
	fds[25] = open_new("hinted", O_RDWR);
	return fcntl(fds[25], 1036, &hint);
}

static int get_hint(char *value, const void *of)
{
	uint64_t hint = 0;

	(void)of;
	return fcntl(fds[25], 1035, &hint) < 0 ? -1 : say(value, "%d", (int)hint);
}

static void descriptors(void)
{
	OPENED(0, "O_APPEND", O_WRONLY | O_APPEND);
	OPENED(1, "O_NONBLOCK", O_RDWR | O_NONBLOCK);
	OPENED(2, "O_SYNC", O_RDWR | O_SYNC);
	OPENED(3, "O_DSYNC", O_RDWR | O_DSYNC);
	OPENED(4, "O_NOATIME", O_RDONLY | O_NOATIME);
	OPENED(5, "O_PATH", O_PATH);
	OPENED(6, "O_CLOEXEC", O_RDWR | O_CLOEXEC);
	OPENED(7, "O_DIRECT", O_RDWR | O_DIRECT);
	OPENED(8, "O_NOFOLLOW", O_RDONLY | O_NOFOLLOW);
	OPENED(9, "access mode 3", 3);
	property("position", seek, get_position, "position");
	property("duplicate", duplicate, get_same, NULL);
	property("high number", open_high, get_open, &fds[23]);
	property("owner for signals", set_owner, get_owner, NULL);
	property("signal to the owner", set_signal, get_signal, NULL);
	property("write hint of an inode", set_hint, get_hint, NULL);
	fds[30] = open("/", O_RDONLY | O_DIRECTORY);
	property("directory", NULL, get_target, &fds[30]);
	fds[31] = open("/dev/null", O_RDWR);
	property("/dev/null", NULL, get_target, &fds[31]);
	fds[32] = open("/dev/urandom", O_RDONLY);
	property("/dev/urandom", NULL, get_target, &fds[32]);
	fds[33] = open("/proc/self/status", O_RDONLY);
	property("file of /proc", NULL, get_target, &fds[33]);
	fds[34] = open("/sys/kernel", O_RDONLY);
	property("directory of /sys", NULL, get_target, &fds[34]);
}

/* Deleted files. */

static struct stat *deleted(void)
{
	static struct stat stat;
	static bool made;

	if (!made) {
		struct timespec times[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };

		made = true;
		fds[0] = open_new("deleted", O_RDWR | O_NOATIME);
		fsetxattr(fds[0], "user.name", "value", 5, 0);
		if (write(fds[0], "content", 7) < 7 || ftruncate(fds[0], 1 << 20) || fchmod(fds[0], 04751) ||
		    fchown(fds[0], 77, 88) || fchmod(fds[0], 04751) || futimens(fds[0], times))
			die("deleted");
		unlink(in_directory("deleted"));
	}
	fstat(fds[0], &stat);
	return &stat;
}

static int get_deleted(char *value, const void *of)
{
	struct stat *stat = deleted();
	char text[16] = { 0 };

	switch (*(const char *)of) {
	case 'c':
		return pread(fds[0], text, 9, 0) < 0 ? -1 : say(value, "%s", text);
	case 's':
		return say(value, "%ld", (long)stat->st_size);
	case 'b':
		return say(value, "%d", stat->st_blocks < 100);
	case 'm':
		return say(value, "%o", stat->st_mode);
	case 'o':
		return say(value, "%u:%u", stat->st_uid, stat->st_gid);
	case 't':
		return say(value, "%ld.%09ld", stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec);
	case 'a':
		return say(value, "%ld.%09ld", stat->st_atim.tv_sec, stat->st_atim.tv_nsec);
	case 'l':
		return say(value, "%d", (int)stat->st_nlink);
	default:
		return fgetxattr(fds[0], "user.name", text, 9) < 0 ? -1 : say(value, "%s", text);
	}
}

static int get_size(char *value, const void *of)
{
	struct stat stat;

	return fstat(*(const int *)of, &stat) ? -1 : say(value, "%ld %o %d", (long)stat.st_size, stat.st_mode, (int)stat.st_nlink);
}

static int make_unnamed(const void *of)
{
	(void)of;
	fds[1] = open(directory, O_RDWR | O_TMPFILE, 0640);
	return write(fds[1], "unnamed", 7) < 0 ? -1 : 0;
}

static int make_renamed(const void *of)
{
	(void)of;
	fds[2] = open_new("first-name", O_RDWR);
	return link(in_directory("first-name"), in_directory("second-name")) || unlink(in_directory("first-name")) ? -1 : 0;
}

static int delete_directory(const void *of)
{
	(void)of;
	mkdir(in_directory("gone"), 0755);
	fds[3] = open(in_directory("gone"), O_RDONLY | O_DIRECTORY);
	return rmdir(in_directory("gone"));
}

static int make_fifo(const void *of)
{
	(void)of;
	mkfifo(in_directory("fifo"), 0600);
	fds[4] = open(in_directory("fifo"), O_RDWR);
	return write(fds[4], "waits", 5);
}

static int delete_fifo(const void *of)
{
	(void)of;
	mkfifo(in_directory("gone-fifo"), 0600);
	fds[5] = open(in_directory("gone-fifo"), O_RDWR);
	unlink(in_directory("gone-fifo"));
	return write(fds[5], "waits", 5);
}

static void deleted_files(void)
{
	property("content of a deleted file", NULL, get_deleted, "content");
	property("size of a deleted file", NULL, get_deleted, "size");
	property("holes of a deleted file", NULL, get_deleted, "blocks");
	property("mode of a deleted file", NULL, get_deleted, "mode");
	property("owner of a deleted file", NULL, get_deleted, "owner");
	property("time of change of a deleted file", NULL, get_deleted, "time");
	property("time of access of a deleted file", NULL, get_deleted, "access");
	property("links of a deleted file", NULL, get_deleted, "links");
	property("extended attribute of a deleted file", NULL, get_deleted, "xattr");
	property("O_TMPFILE", make_unnamed, get_size, &fds[1]);
	property("file that has lost its name", make_renamed, get_size, &fds[2]);
	property("deleted directory", delete_directory, get_size, &fds[3]);
	property("FIFO", make_fifo, get_waiting, &fds[4]);
	property("deleted FIFO", delete_fifo, get_waiting, &fds[5]);
}

/* Locks: another description is asked whether it may have the same. */

static int lock_posix(const void *of)
{
	struct flock lock = { .l_type = *(const int *)of, .l_start = 10, .l_len = 20 };

	fds[0] = open_new("posix", O_RDWR);
	return fcntl(fds[0], F_SETLK, &lock);
}

static int lock_description(const void *of)
{
	struct flock lock = { .l_type = *(const int *)of, .l_start = 30, .l_len = 5 };

	fds[1] = open_new("description", O_RDWR);
	return fcntl(fds[1], F_OFD_SETLK, &lock);
}

static int lock_file(const void *of)
{
	fds[2] = open_new("file", O_RDWR);
	return flock(fds[2], *(const int *)of);
}

static int take_lease(const void *of)
{
	fds[3] = open_new("leased", *(const int *)of == F_RDLCK ? O_RDONLY : O_RDWR);
	return fcntl(fds[3], F_SETLEASE, *(const int *)of);
}

static int get_lock(char *value, const void *of)
{
	static int number;
	struct info info = { &number, "lock:" };
	char *rest;

	(void)of;
	number = *(const int *)of;
	if (get_info(value, &info))
		return -1;
	/* "lock: 1: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE START END" */
	rest = strchr(value + 6, ':');
	return rest ? (memmove(value, rest + 1, strlen(rest)), 0) : 0;
}

static int get_posix(char *value, const void *of)
{
	(void)of;
	return get_lock(value, &fds[0]);
}

static int get_description(char *value, const void *of)
{
	(void)of;
	return get_lock(value, &fds[1]);
}

static int get_file_lock(char *value, const void *of)
{
	(void)of;
	return get_lock(value, &fds[2]);
}

static int get_lease(char *value, const void *of)
{
	(void)of;
	return say(value, "%d", fcntl(fds[3], F_GETLEASE));
}

static const int read_lock = F_RDLCK, write_lock = F_WRLCK, shared = LOCK_SH, exclusive = LOCK_EX;

static void locks(void)
{
	property("POSIX write lock", lock_posix, get_posix, &write_lock);
	property("lock of a description", lock_description, get_description, &write_lock);
	property("exclusive flock(2)", lock_file, get_file_lock, &exclusive);
	property("write lease", take_lease, get_lease, &write_lock);
}

static void shared_locks(void)
{
	property("POSIX read lock", lock_posix, get_posix, &read_lock);
	property("read lock of a description", lock_description, get_description, &read_lock);
	property("shared flock(2)", lock_file, get_file_lock, &shared);
	property("read lease", take_lease, get_lease, &read_lock);
}

static const struct group groups[] = {
	{ "descriptors", descriptors },
	{ "deleted-files", deleted_files },
	{ "locks", locks },
	{ "shared-locks", shared_locks },
};

SERVE(groups)
