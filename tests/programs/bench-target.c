/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-target FILE memory MIB | prefork MIB | mappings COUNT | threads COUNT | processes COUNT |
 *                   descriptors COUNT | sockets COUNT | connections COUNT | watches COUNT
 *
 * Something of a given size to dump, whose main thread ticks every millisecond and notes, in the shared
 * FILE, how long it was away at worst. Whoever measures sets the worst gap to zero first.
 */
#include "common.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct report {
	uint64_t ready;
	uint64_t ticks;
	uint64_t worst_gap_nanos;
};

static uint64_t now_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void *rest(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void fill_memory(size_t mib)
{
	char *area = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	/* The figures to compare with are for 4 KiB pages. */
	madvise(area, mib << 20, MADV_NOHUGEPAGE);
	fill(area, mib << 20, 1);
}

/* Every other page is there, in a mapping of its own; those between them cannot be reached. */
static void make_mappings(long count)
{
	const size_t page = 4096;
	char *area = mmap(NULL, count * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < count; i += 2) {
		if (mprotect(area + i * page, page, PROT_READ | PROT_WRITE))
			die("mprotect");
		area[i * page] = i;
	}
}

static void start_threads(long count)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (long i = 1; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, &attributes, rest, NULL))
			die("pthread_create");
	}
}

static void start_processes(long count)
{
	for (long i = 1; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			rest(NULL);
	}
}

static void allow_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

/* As many open files, of one file. */
static void open_descriptors(const char *file, long count)
{
	for (long i = 0; i < count; i++)
		if (open(file, O_RDONLY) < 0)
			die(file);
}

static void put_data(int fd)
{
	char data[100];

	memset(data, 'd', sizeof(data));
	if (send(fd, data, sizeof(data), 0) != sizeof(data))
		die("send");
}

static void make_sockets(long count)
{
	for (long i = 0; i < count; i += 2) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			die("socketpair");
		put_data(pair[0]);
		put_data(pair[1]);
	}
}

/* Over the loopback device; both ends are ours. */
static void make_connections(long count)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		die("listen");
	for (long i = 0; i < count; i += 2) {
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (connect(client, (struct sockaddr *)&address, length) || accept(listener, NULL, NULL) < 0)
			die("connect");
		put_data(client);
	}
}

static void watch_directories(const char *file, long count)
{
	int fd = inotify_init1(0);

	for (long i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s.%ld", file, i);
		if ((mkdir(path, 0700) && errno != EEXIST) || inotify_add_watch(fd, path, IN_CREATE | IN_DELETE) < 0)
			die(path);
	}
}

int main(int argc, char **argv)
{
	struct report *report;
	uint64_t last;
	long size;
	int fd;

	if (argc != 4)
		return 2;
	size = atol(argv[3]);
	fd = open(argv[1], O_RDWR);
	report = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || report == MAP_FAILED)
		die(argv[1]);
	close(fd);
	if (!strcmp(argv[2], "memory") || !strcmp(argv[2], "prefork"))
		fill_memory(size);
	if (!strcmp(argv[2], "mappings"))
		make_mappings(size);
	if (!strcmp(argv[2], "threads"))
		start_threads(size);
	if (!strcmp(argv[2], "prefork"))
		start_processes(5);
	if (!strcmp(argv[2], "processes"))
		start_processes(size);
	allow_descriptors();
	if (!strcmp(argv[2], "descriptors"))
		open_descriptors(argv[1], size);
	if (!strcmp(argv[2], "sockets"))
		make_sockets(size);
	if (!strcmp(argv[2], "connections"))
		make_connections(size);
	if (!strcmp(argv[2], "watches"))
		watch_directories(argv[1], size);
	report->ready = 1;
	for (last = now_nanos();;) {
		uint64_t now, gap;

		sleep_ms(1);
		now = now_nanos();
		gap = now - last;
		last = now;
		report->ticks++;
		if (gap > report->worst_gap_nanos)
			report->worst_gap_nanos = gap;
	}
}
