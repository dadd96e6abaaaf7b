/* SPDX-License-Identifier: Apache-2.0
 *
 * take-pid PID: a process that has this pid and only sleeps, until its parent is killed or it is itself.
 * take-pid PID group: one whose group has this number, and whose leader has ended.
 * take-pid PID zombie: one that has ended, and that its parent does not wait for.
 */
#include "common.h"
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void leave_to(pid_t heir)
{
	if (setpgid(0, 0))
		die("setpgid");
	if (fork())
		_exit(0);
	while (getppid() != heir)
		usleep(1000);
}

int main(int argc, char **argv)
{
	pid_t wanted = argc > 1 ? atoi(argv[1]) : 0;
	pid_t own = getpid();
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&wanted,
		.set_tid_size = 1,
	};
	long pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("PR_SET_CHILD_SUBREAPER");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (pid == 0) {
		if (argc > 2 && !strcmp(argv[2], "zombie"))
			_exit(0);
		if (argc > 2)
			leave_to(own);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (argc > 2 && !strcmp(argv[2], "zombie"))
		pause();
	while (wait(NULL) > 0)
		;
	return 0;
}
