/* SPDX-License-Identifier: Apache-2.0
 *
 * unsupported DIR io_uring|userfaultfd|hugetlb: a program that holds, as fd 9, an object no dump carries.
 * unsupported DIR memory: one whose child shares its memory.
 * unsupported DIR thread: one with a thread in a network namespace of its own.
 */
#include "common.h"
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int __attribute__((noreturn)) wait_for_ever(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void share_memory(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	if (clone(wait_for_ever, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL) < 0)
		die("clone");
}

static void __attribute__((noreturn)) *leave_network(void *gone)
{
	if (unshare(CLONE_NEWNET))
		die("unshare");
	*(volatile int *)gone = 1;
	for (;;)
		pause();
}

static void start_thread(void)
{
	static volatile int gone;
	pthread_t thread;

	if (pthread_create(&thread, NULL, leave_network, (void *)&gone))
		die("pthread_create");
	while (!gone)
		sleep_ms(1);
}

static int open_io_uring(void)
{
	struct io_uring_params parameters = { 0 };

	return syscall(SYS_io_uring_setup, 4, &parameters);
}

static int open_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api))
		die("UFFDIO_API");
	return fd;
}

static int open_object(const char *object)
{
	if (!strcmp(object, "io_uring"))
		return open_io_uring();
	return strcmp(object, "hugetlb") ? open_userfaultfd() : memfd_create(object, MFD_HUGETLB);
}

static void hold(int fd)
{
	if (fd < 0 || dup2(fd, 9) < 0 || close(fd))
		die("cannot hold fd 9");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (!strcmp(argv[2], "memory"))
		share_memory();
	else if (!strcmp(argv[2], "thread"))
		start_thread();
	else
		hold(open_object(argv[2]));
	status_open(argv[1]);
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, "");
		sleep_ms(5);
	}
}
