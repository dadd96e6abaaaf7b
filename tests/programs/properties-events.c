/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-events: pipes, and what tells of events: eventfd, timerfd, signalfd, epoll, watches; memfd.
 */
#include "descriptors.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sys/xattr.h>

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

static const struct group groups[] = {
	{ "pipes", pipes },
	{ "event-descriptors", event_descriptors },
	{ "epoll", epolls },
	{ "inotify", watches },
	{ "fanotify", fanotify },
	{ "fanotify-file-system", fanotify_file_system },
	{ "memfd", memory_files },
};

SERVE(groups)
