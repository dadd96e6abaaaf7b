/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-files: descriptors of files and of what is like a file.
 */
#include "properties.h"
#include <linux/fs.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>

/* One descriptor each, found by its number in the table of the group. */
static int fds[64];

static int open_new(const char *name, int flags)
{
	return open(in_directory(name), flags | O_CREAT, 0644);
}

/* What fdinfo has in a line, beside which file it is: numbers of inodes differ by nature. */
struct info {
	int *fd;
	const char *key;
};

static int get_info(char *value, const void *of)
{
	const struct info *info = of;
	char path[64];
	struct line line = { path, info->key };

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", *info->fd);
	return get_line(value, &line);
}

static int get_target(char *value, const void *of)
{
	char path[64], target[512] = { 0 };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(const int *)of);
	return readlink(path, target, sizeof(target) - 1) < 0 ? -1 : say(value, "%s", target);
}

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

static int get_open(char *value, const void *of)
{
	return say(value, "%d %d", *(const int *)of, fcntl(*(const int *)of, F_GETFD));
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

static int get_waiting(char *value, const void *of)
{
	int count = -1;

	return ioctl(*(const int *)of, FIONREAD, &count) ? -1 : say(value, "%d", count);
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

/* Pipes. */

static int make_pipe(const void *of)
{
	(void)of;
	return pipe(fds) || write(fds[1], "waits in it", 11) < 0 ? -1 : 0;
}

static int enlarge(const void *of)
{
	(void)of;
	return pipe(fds + 2) ? -1 : fcntl(fds[2], F_SETPIPE_SZ, 1 << 18);
}

static int get_capacity(char *value, const void *of)
{
	(void)of;
	return say(value, "%d", fcntl(fds[2], F_GETPIPE_SZ));
}

static int make_packets(const void *of)
{
	(void)of;
	if (pipe2(fds + 4, O_DIRECT))
		return -1;
	return write(fds[5], "one", 3) + write(fds[5], "two", 3);
}

static int set_pipe_owner(const void *of)
{
	(void)of;
	return pipe(fds + 6) ? -1 : fchown(fds[6], 55, 66) ?: fchmod(fds[6], 0640);
}

static int get_pipe_owner(char *value, const void *of)
{
	struct stat stat;

	(void)of;
	return fstat(fds[6], &stat) ? -1 : say(value, "%u:%u %o", stat.st_uid, stat.st_gid, stat.st_mode);
}

static int close_reader(const void *of)
{
	(void)of;
	return pipe(fds + 8) ?: close(fds[8]);
}

static int close_writer(const void *of)
{
	(void)of;
	return pipe(fds + 10) || write(fds[11], "left", 4) < 0 ? -1 : close(fds[11]);
}

static int get_number(char *value, const void *of)
{
	struct stat stat;

	return fstat(*(const int *)of, &stat) ? -1 : say(value, "%lu", stat.st_ino);
}

static int make_another(const void *of)
{
	(void)of;
	return pipe(fds + 12);
}

static void pipes(void)
{
	property("data", make_pipe, get_waiting, &fds[0]);
	property("capacity", enlarge, get_capacity, NULL);
	property("owner and mode", set_pipe_owner, get_pipe_owner, NULL);
	property("pipe without a reader", close_reader, get_waiting, &fds[9]);
	property("pipe without a writer", close_writer, get_waiting, &fds[10]);
	property("packet mode", make_packets, get_waiting, &fds[4]);
	property("inode number", make_another, get_number, &fds[12]);
}

/* eventfd, timerfd, signalfd, epoll. */

static int make_eventfd(const void *of)
{
	const int *parameters = of;

	fds[parameters[0]] = eventfd(parameters[1], parameters[2]);
	return fds[parameters[0]];
}

static int get_count(char *value, const void *of)
{
	struct info info = { &fds[*(const int *)of], "eventfd-count:" };

	return get_info(value, &info);
}

static int get_semaphore(char *value, const void *of)
{
	struct info info = { &fds[*(const int *)of], "eventfd-semaphore:" };

	return get_info(value, &info);
}

static int make_timerfd(const void *of)
{
	const int *parameters = of;
	struct itimerspec hours = { { 4000, 7 }, { 3600, 0 } };

	fds[parameters[0]] = timerfd_create(parameters[1], 0);
	if (parameters[2]) {
		clock_gettime(parameters[1], &hours.it_value);
		hours.it_value.tv_sec += 3600;
	}
	return timerfd_settime(fds[parameters[0]], parameters[2], &hours, NULL);
}

static int get_timerfd(char *value, const void *of)
{
	struct itimerspec left;
	struct info clock = { &fds[*(const int *)of], "clockid:" }, flags = { clock.fd, "settime flags:" };
	char clock_text[VALUE_BYTES] = "", flags_text[VALUE_BYTES] = "";

	if (timerfd_gettime(*clock.fd, &left))
		return -1;
	get_info(clock_text, &clock);
	get_info(flags_text, &flags);
	return say(value, "%.40s %.40s %ld armed %d", clock_text, flags_text, left.it_interval.tv_sec,
		   left.it_value.tv_sec > 3500 && left.it_value.tv_sec < 3700);
}

static int expire_timerfd(const void *of)
{
	const struct itimerspec soon = { { 0, 0 }, { 0, 1 } };

	(void)of;
	fds[9] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	timerfd_settime(fds[9], 0, &soon, NULL);
	sleep_ms(5);
	return fds[9];
}

static int get_ticks(char *value, const void *of)
{
	const struct info info = { &fds[9], "ticks:" };

	(void)of;
	return get_info(value, &info);
}

static int make_signalfd(const void *of)
{
	sigset_t set;

	(void)of;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	fds[10] = signalfd(-1, &set, SFD_NONBLOCK);
	return fds[10];
}

static const struct info signal_mask = { &fds[10], "sigmask:" };

static int epoll_of(int number)
{
	if (fds[number] <= 0)
		fds[number] = epoll_create1(0);
	return fds[number];
}

/* An item of the group's epoll: watching the eventfd of its own. */
static int make_item(const void *of)
{
	const unsigned *parameters = of;
	struct epoll_event event = { parameters[1], { .u64 = 0x1234567890ULL + parameters[0] } };

	fds[parameters[0]] = eventfd(0, 0);
	return epoll_ctl(epoll_of(11), EPOLL_CTL_ADD, fds[parameters[0]], &event);
}

static int get_item(char *value, const void *of)
{
	char key[64];
	struct info info = { &fds[11], key };
	char *position;

	snprintf(key, sizeof(key), "tfd: %8d", fds[*(const int *)of]);
	if (get_info(value, &info))
		return -1;
	position = strstr(value, " pos:");
	if (position)
		*position = 0;
	return 0;
}

/* Fires once, and is not armed any more. */
static int disarm(const void *of)
{
	struct epoll_event event;

	make_item(of);
	return eventfd_write(fds[*(const int *)of], 1) ?: epoll_wait(fds[11], &event, 1, 0) - 1;
}

struct epoll_parameters {
	uint32_t busy_poll_usecs;
	uint16_t busy_poll_budget;
	uint8_t prefer_busy_poll, pad;
};

static int set_epoll_parameters(const void *of)
{
	struct epoll_parameters parameters = { 77, 8, 1, 0 };

	(void)of;
	return ioctl(epoll_of(17), _IOW(0x8a, 1, struct epoll_parameters), &parameters);
}

static int get_epoll_parameters(char *value, const void *of)
{
	struct epoll_parameters parameters;

	(void)of;
	return ioctl(epoll_of(17), _IOR(0x8a, 2, struct epoll_parameters), &parameters) ?
		       -1 :
		       say(value, "%u %u %u", parameters.busy_poll_usecs, parameters.busy_poll_budget,
			   parameters.prefer_busy_poll);
}

static const int plain_event[] = { 1, 77, 0 }, semaphore[] = { 2, 3, EFD_SEMAPHORE };
static const int monotonic_fd[] = { 3, CLOCK_MONOTONIC, 0 }, realtime_fd[] = { 4, CLOCK_REALTIME, 0 },
		 boottime_fd[] = { 5, CLOCK_BOOTTIME, 0 }, absolute_fd[] = { 6, CLOCK_MONOTONIC, TFD_TIMER_ABSTIME },
		 cancelled_fd[] = { 7, CLOCK_REALTIME, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET },
		 alarm_fd[] = { 8, CLOCK_REALTIME_ALARM, 0 };
static const unsigned level_item[] = { 12, EPOLLIN }, edge_item[] = { 13, EPOLLIN | EPOLLOUT | EPOLLET },
		      exclusive_item[] = { 14, EPOLLIN | EPOLLEXCLUSIVE }, once_item[] = { 15, EPOLLIN | EPOLLONESHOT },
		      wakeup_item[] = { 18, EPOLLIN | EPOLLWAKEUP };

static void event_descriptors(void)
{
	property("counter of an eventfd", make_eventfd, get_count, plain_event);
	property("EFD_SEMAPHORE", make_eventfd, get_semaphore, semaphore);
	property("timerfd of CLOCK_MONOTONIC", make_timerfd, get_timerfd, monotonic_fd);
	property("timerfd of CLOCK_REALTIME", make_timerfd, get_timerfd, realtime_fd);
	property("timerfd of CLOCK_BOOTTIME", make_timerfd, get_timerfd, boottime_fd);
	property("timerfd at a time", make_timerfd, get_timerfd, absolute_fd);
	property("TFD_TIMER_CANCEL_ON_SET", make_timerfd, get_timerfd, cancelled_fd);
	property("timerfd of CLOCK_REALTIME_ALARM", make_timerfd, get_timerfd, alarm_fd);
	property("expiry of a timerfd that nobody has read", expire_timerfd, get_ticks, NULL);
	property("mask of a signalfd", make_signalfd, get_info, &signal_mask);
}

static void epolls(void)
{
	property("item", make_item, get_item, level_item);
	property("EPOLLET", make_item, get_item, edge_item);
	property("EPOLLEXCLUSIVE", make_item, get_item, exclusive_item);
	property("EPOLLWAKEUP", make_item, get_item, wakeup_item);
	property("item that has fired once", disarm, get_item, once_item);
	property("EPIOCSPARAMS", set_epoll_parameters, get_epoll_parameters, NULL);
}

/* Watches. */

static int watch(const void *of)
{
	if (fds[0] <= 0)
		fds[0] = inotify_init1(IN_NONBLOCK);
	mkdir(in_directory("watched"), 0755);
	mkdir(in_directory("watched/deep"), 0755);
	return inotify_add_watch(fds[0], in_directory(*(const unsigned *)of & IN_ONESHOT ? "watched/deep" : "watched"),
				 *(const unsigned *)of);
}

static int get_watch(char *value, const void *of)
{
	char text[64];
	char path[64], line[512];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fds[0]);
	snprintf(text, sizeof(text), "mask:%x", *(const unsigned *)of & (IN_ALL_EVENTS | IN_ONESHOT));
	in = fopen(path, "re");
	*value = 0;
	while (in && fgets(line, sizeof(line), in))
		if (strstr(line, text))
			say(value, "%.30s %.20s", line, strstr(line, "mask:"));
	if (in)
		fclose(in);
	return 0;
}

static int cause_event(const void *of)
{
	(void)of;
	fds[1] = inotify_init1(IN_NONBLOCK);
	mkdir(in_directory("noisy"), 0755);
	inotify_add_watch(fds[1], in_directory("noisy"), IN_CREATE);
	return mkdir(in_directory("noisy/new"), 0755);
}

static int get_readable(char *value, const void *of)
{
	struct inotify_event event = { 0 };
	int count = 0;

	ioctl(*(const int *)of, FIONREAD, &count);
	return say(value, "%d %d", count, event.wd);
}

static const unsigned plain_watch = IN_CREATE | IN_DELETE, once_watch = IN_MODIFY | IN_ONESHOT;

static void watches(void)
{
	property("watch", watch, get_watch, &plain_watch);
	property("watch for one event", watch, get_watch, &once_watch);
	property("unread event", cause_event, get_readable, &fds[1]);
}

static int watch_all(const void *of)
{
	fds[0] = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY);
	return fds[0] < 0 ? -1 : fanotify_mark(fds[0], *(const unsigned *)of, FAN_OPEN, AT_FDCWD, directory);
}

static int get_mark(char *value, const void *of)
{
	const struct info info = { &fds[0], "fanotify " };

	(void)of;
	return get_info(value, &info);
}

static const unsigned inode_mark = FAN_MARK_ADD, file_system_mark = FAN_MARK_ADD | FAN_MARK_FILESYSTEM;

static void fanotify(void)
{
	property("mark of an inode", watch_all, get_mark, &inode_mark);
}

static void fanotify_file_system(void)
{
	property("mark of a file system", watch_all, get_mark, &file_system_mark);
}

/* memfd. */

static struct stat *memfd(void)
{
	static struct stat stat;

	if (fds[0] <= 0) {
		struct timespec times[2] = { { 1000000000, 1 }, { 1100000000, 987654321 } };

		fds[0] = memfd_create("some name", MFD_ALLOW_SEALING);
		fsetxattr(fds[0], "trusted.name", "value", 5, 0);
		if (write(fds[0], "content", 7) < 7 || ftruncate(fds[0], 123456) || fchmod(fds[0], 0640) ||
		    fchown(fds[0], 7, 8) || futimens(fds[0], times) || fcntl(fds[0], F_ADD_SEALS, F_SEAL_GROW))
			die("memfd");
	}
	fstat(fds[0], &stat);
	return &stat;
}

static int get_memfd(char *value, const void *of)
{
	struct stat *stat = memfd();
	char text[16] = { 0 };

	switch (*(const char *)of) {
	case 'c':
		return pread(fds[0], text, 9, 0) < 0 ? -1 : say(value, "%s", text);
	case 's':
		return say(value, "%ld", (long)stat->st_size);
	case 'm':
		return say(value, "%o", stat->st_mode);
	case 'o':
		return say(value, "%u:%u", stat->st_uid, stat->st_gid);
	case 't':
		return say(value, "%ld.%09ld", stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec);
	case 'g':
		return say(value, "%x", fcntl(fds[0], F_GET_SEALS));
	case 'b':
		return say(value, "%d", stat->st_blocks < 100);
	case 'p':
		return say(value, "%ld", (long)lseek(fds[0], 0, SEEK_CUR));
	default:
		return fgetxattr(fds[0], "trusted.name", text, 9) < 0 ? -1 : say(value, "%s", text);
	}
}

static int get_memfd_name(char *value, const void *of)
{
	(void)of;
	memfd();
	return get_target(value, &fds[0]);
}

static void memory_files(void)
{
	property("content of a memfd", NULL, get_memfd, "content");
	property("size of a memfd", NULL, get_memfd, "size");
	property("mode of a memfd", NULL, get_memfd, "mode");
	property("owner of a memfd", NULL, get_memfd, "owner");
	property("time of change of a memfd", NULL, get_memfd, "time");
	property("seals of a memfd", NULL, get_memfd, "grow");
	property("holes of a memfd", NULL, get_memfd, "blocks");
	property("position in a memfd", NULL, get_memfd, "position");
	property("extended attribute of a memfd", NULL, get_memfd, "xattr");
	property("name of a memfd", NULL, get_memfd_name, NULL);
}

/* Terminals: master 0, slave 1. */

static struct termios terminal_now;

static int change_terminal(const void *of)
{
	tcgetattr(fds[1], &terminal_now);
	switch (*(const char *)of) {
	case 'i':
		terminal_now.c_iflag ^= IXOFF;
		break;
	case 'o':
		terminal_now.c_oflag ^= OPOST;
		break;
	case 'c':
		terminal_now.c_cflag ^= HUPCL;
		break;
	case 'l':
		terminal_now.c_lflag &= ~(ECHO | ICANON);
		break;
	case 'b':
		cfsetospeed(&terminal_now, B9600);
		break;
	default:
		terminal_now.c_cc[VINTR] = 7;
	}
	return tcsetattr(fds[1], TCSANOW, &terminal_now);
}

static int get_terminal(char *value, const void *of)
{
	if (tcgetattr(fds[1], &terminal_now))
		return -1;
	switch (*(const char *)of) {
	case 'i':
		return say(value, "%x", terminal_now.c_iflag);
	case 'o':
		return say(value, "%x", terminal_now.c_oflag);
	case 'c':
		return say(value, "%x", terminal_now.c_cflag & ~CBAUD);
	case 'l':
		return say(value, "%x", terminal_now.c_lflag);
	case 'b':
		return say(value, "%d", cfgetospeed(&terminal_now));
	default:
		return say_bytes(value, terminal_now.c_cc, NCCS);
	}
}

static int set_window(const void *of)
{
	struct winsize size = { 33, 77, 5, 6 };

	(void)of;
	return ioctl(fds[1], TIOCSWINSZ, &size);
}

static int get_window(char *value, const void *of)
{
	struct winsize size;

	(void)of;
	return ioctl(fds[1], TIOCGWINSZ, &size) ? -1 : say(value, "%d %d %d %d", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
}

static int set_exclusive(const void *of)
{
	(void)of;
	return ioctl(fds[1], TIOCEXCL);
}

static int get_exclusive(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[1], TIOCGEXCL, &is) ? -1 : say(value, "%d", is);
}

static int set_packet_mode(const void *of)
{
	int on = 1;

	(void)of;
	return ioctl(fds[0], TIOCPKT, &on);
}

static int get_packet_mode(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPKT, &is) ? -1 : say(value, "%d", is);
}

static int set_discipline(const void *of)
{
	int null = 27;

	(void)of;
	return ioctl(fds[1], TIOCSETD, &null);
}

static int get_discipline(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[1], TIOCGETD, &is) ? -1 : say(value, "%d", is);
}

static int get_index(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPTN, &is) ? -1 : say(value, "%d", is);
}

static int lock_terminal(const void *of)
{
	int lock = 1;

	(void)of;
	return ioctl(fds[0], TIOCSPTLCK, &lock);
}

static int get_terminal_lock(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPTLCK, &is) ? -1 : say(value, "%d", is);
}

static int make_controlling(const void *of)
{
	(void)of;
	return ioctl(fds[1], TIOCSCTTY, 0);
}

static int get_controlling(char *value, const void *of)
{
	int group = -1;

	(void)of;
	return ioctl(fds[1], TIOCGPGRP, &group) ? -1 : say(value, "%d", group == getpgrp());
}

static int type(const void *of)
{
	int done = write(fds[0], of, strlen(of));

	sleep_ms(20);
	return done;
}

static int get_typed(char *value, const void *of)
{
	(void)of;
	return get_waiting(value, &fds[1]);
}

static void open_terminal(void)
{
	if (openpty(&fds[0], &fds[1], NULL, NULL, NULL))
		die("openpty");
}

static void terminal(void)
{
	open_terminal();
	property("input flags", change_terminal, get_terminal, "input");
	property("output flags", change_terminal, get_terminal, "output");
	property("control flags", change_terminal, get_terminal, "control");
	property("local flags", change_terminal, get_terminal, "local");
	property("speed", change_terminal, get_terminal, "baud");
	property("characters", change_terminal, get_terminal, "vintr");
	property("window size", set_window, get_window, NULL);
	property("packet mode", set_packet_mode, get_packet_mode, NULL);
	property("index", NULL, get_index, NULL);
	property("controlling terminal", make_controlling, get_controlling, NULL);
	property("TIOCEXCL", set_exclusive, get_exclusive, NULL);
	property("lock of the other side", lock_terminal, get_terminal_lock, NULL);
}

static void terminal_of_other_discipline(void)
{
	open_terminal();
	property("line discipline", set_discipline, get_discipline, NULL);
}

/* What one side of a terminal reads, which the other has written or ended just now. */
static int take(char *value, int from, int to, const char *end)
{
	char bytes[256];
	int length;

	if (write(to, end, strlen(end)) < 0)
		return -1;
	sleep_ms(20);
	fcntl(from, F_SETFL, O_RDWR | O_NONBLOCK);
	length = read(from, bytes, sizeof(bytes));
	fcntl(from, F_SETFL, O_RDWR);
	return length < 0 ? length : say_bytes(value, bytes, length);
}

static int type_here(const void *of)
{
	int done = write(sock, of, strlen(of));

	sleep_ms(20);
	return done;
}

/* Ends the line, and begins it anew. */
static int get_begun(char *value, const void *of)
{
	char echo[VALUE_BYTES];
	int done = take(value, peer, sock, "\n");

	take(echo, sock, peer, "");
	type_here(of);
	return done;
}

static int print_here(const void *of)
{
	int done = write(peer, of, strlen(of));

	sleep_ms(20);
	return done;
}

static int get_printed(char *value, const void *of)
{
	int done = take(value, sock, peer, "");

	print_here(of);
	return done;
}

static int close_other_side(const void *of)
{
	(void)of;
	return close(peer);
}

static int get_end(char *value, const void *of)
{
	char byte;

	(void)of;
	fcntl(sock, F_SETFL, O_RDWR | O_NONBLOCK);
	return read(sock, &byte, 1) < 0 ? say(value, "%s", strerror(errno)) : say(value, "data");
}

static void open_another(void)
{
	if (openpty(&sock, &peer, NULL, NULL, NULL))
		die("openpty");
}

static void terminal_with_data(void)
{
	open_another();
	property("line that is not ended", type_here, get_begun, "begun");
	open_another();
	property("output that is not read", print_here, get_printed, "printed");
	open_another();
	property("end of the other side", close_other_side, get_end, NULL);
	open_terminal();
	property("waiting line", type, get_typed, "typed\n");
}

/* What few programs hold: each alone makes a dump refuse, or not. */

static int hold_pidfd(const void *of)
{
	(void)of;
	fds[0] = syscall(SYS_pidfd_open, getpid(), 0);
	return fds[0];
}

static int hold_dead_pidfd(const void *of)
{
	int pid = fork();

	(void)of;
	if (pid == 0)
		_exit(9);
	fds[1] = syscall(SYS_pidfd_open, pid, 0);
	waitpid(pid, NULL, 0);
	return fds[1];
}

static int get_pid_line(char *value, const void *of)
{
	const struct info info = { &fds[*(const int *)of], "Pid:" };

	return get_info(value, &info);
}

static int hold_namespace(const void *of)
{
	(void)of;
	fds[2] = open("/proc/self/ns/uts", O_RDONLY);
	return fds[2];
}

static int hold_map(const void *of)
{
	uint32_t attributes[18] = { 2, 4, 8, 3 };

	(void)of;
	fds[3] = syscall(SYS_bpf, 0, attributes, sizeof(attributes));
	return fds[3];
}

static int get_map(char *value, const void *of)
{
	const struct info info = { &fds[3], "max_entries:" };

	(void)of;
	return get_info(value, &info);
}

static int hold_userfaultfd(const void *of)
{
	(void)of;
	fds[4] = syscall(SYS_userfaultfd, O_NONBLOCK);
	return fds[4];
}

static int hold_secret(const void *of)
{
	(void)of;
	fds[5] = syscall(SYS_memfd_secret, 0);
	return fds[5] < 0 ? -1 : ftruncate(fds[5], 4096);
}

static int hold_context(const void *of)
{
	(void)of;
	fds[6] = syscall(SYS_fsopen, "tmpfs", 0);
	return fds[6];
}

static int hold_dead_proc(const void *of)
{
	int pid = fork();
	char path[64];

	(void)of;
	if (pid == 0)
		pause();
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fds[7] = open(path, O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fds[7];
}

static int hold_huge(const void *of)
{
	(void)of;
	fds[8] = memfd_create("huge", MFD_HUGETLB);
	return fds[8];
}

static int hold_ruleset(const void *of)
{
	uint64_t handled = 1;

	(void)of;
	fds[9] = syscall(444, &handled, sizeof(handled), 0);
	return fds[9];
}

static int hold_mount(const void *of)
{
	(void)of;
	fds[10] = syscall(SYS_open_tree, AT_FDCWD, "/usr", 1);
	return fds[10];
}

static const int pidfd_number = 0, dead_pidfd_number = 1;

static void rare(void)
{
	property("pidfd", hold_pidfd, get_pid_line, &pidfd_number);
	property("pidfd of a task that has ended", hold_dead_pidfd, get_pid_line, &dead_pidfd_number);
	property("descriptor of a namespace", hold_namespace, get_target, &fds[2]);
	property("BPF map", hold_map, get_map, NULL);
	property("userfaultfd", hold_userfaultfd, get_target, &fds[4]);
	property("memfd_secret", hold_secret, get_target, &fds[5]);
	property("context of fsopen(2)", hold_context, get_target, &fds[6]);
	property("file of /proc of a task that has ended", hold_dead_proc, get_open, &fds[7]);
	property("memfd of huge pages", hold_huge, get_target, &fds[8]);
	property("ruleset of Landlock", hold_ruleset, get_target, &fds[9]);
	property("mount that is attached to nothing", hold_mount, get_target, &fds[10]);
}

static const struct group groups[] = {
	{ "descriptors", descriptors },
	{ "deleted-files", deleted_files },
	{ "locks", locks },
	{ "shared-locks", shared_locks },
	{ "pipes", pipes },
	{ "event-descriptors", event_descriptors },
	{ "epoll", epolls },
	{ "inotify", watches },
	{ "fanotify", fanotify },
	{ "fanotify-file-system", fanotify_file_system },
	{ "memfd", memory_files },
	{ "terminal", terminal },
	{ "terminal-of-other-discipline", terminal_of_other_discipline },
	{ "terminal-with-data", terminal_with_data },
	{ "rare-descriptors", rare },
};

SERVE(groups)
