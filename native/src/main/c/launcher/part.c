/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A task may have asked for a signal at the end of its parent (PR_SET_PDEATHSIG). It meant the parent it
 * had; what the kernel sees is ours. It sends that signal in the name of who ends, and only if who ends
 * may signal the task (forget_original_parent() and check_kill_permission(), at least since Linux 3.0).
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The last id there is: (uid_t)-1 means none. Where it is not mapped the loss of capabilities has to do. */
#define NOBODY_ELSE ((uid_t)-2)

void part(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	syscall(SYS_setresuid, NOBODY_ELSE, NOBODY_ELSE, NOBODY_ELSE);
	syscall(SYS_capset, &header, none);
}
