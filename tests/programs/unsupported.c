/* SPDX-License-Identifier: Apache-2.0
 *
 * unsupported DIR io_uring|userfaultfd: a program that holds, as fd 9, an object no dump carries.
 */
#include "common.h"
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[2], "io_uring")) {
		struct io_uring_params parameters = { 0 };

		fd = syscall(SYS_io_uring_setup, 4, &parameters);
	} else {
		struct uffdio_api api = { .api = UFFD_API };

		fd = syscall(SYS_userfaultfd, O_CLOEXEC);
		if (fd >= 0 && ioctl(fd, UFFDIO_API, &api))
			die("UFFDIO_API");
	}
	if (fd < 0 || dup2(fd, 9) < 0 || close(fd))
		die(argv[2]);
	status_open(argv[1]);
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, "");
		sleep_ms(5);
	}
}
