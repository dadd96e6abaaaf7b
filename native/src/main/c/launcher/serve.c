/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a JVM that we did not start: it has started us, for one dump or restore, and has no descriptor of ours but
 * 0 and 1. It takes its end of our socket out of us with pidfd_getfd(2), so there is no name that others could
 * connect to. No PR_SET_PDEATHSIG: what the kernel calls our parent is the thread that started us, and threads
 * of a JVM end. The JVM's end of the socket ends with the JVM.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int serve(void)
{
	int control[2];
	char taken;
	pid_t restored;

	/* We may have been started from a file without a name. */
	prctl(PR_SET_NAME, "torpor");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control)) {
		dprintf(1, "socketpair: %s\n", strerror(errno));
		return 1;
	}
	dprintf(1, "%d\n", control[1]);
	if (read(0, &taken, 1) != 1)
		return 1;
	close(control[1]);
	restored = serve_jvm(control[0]);
	/* That all went well the JVM has told the guardian itself: its exit status is not about this. */
	end_guardian(0, 1);
	while (restored > 0 && waitpid(restored, NULL, 0) < 0 && errno == EINTR)
		;
	part();
	return 0;
}
