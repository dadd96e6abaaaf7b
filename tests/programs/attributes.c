/* SPDX-License-Identifier: Apache-2.0
 *
 * attributes DIR: a process and its child with everything a task carries that is not a file or a page:
 * credentials, signal actions, masks, queued signals, alternate stack, timers, umask, directory, name.
 * Each tick reads all of it back from the kernel into the status file.
 */
#include "common.h"
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile uint64_t *alarms;
static char alternate_stack[65536];

static void on_alarm(int signal)
{
	(void)signal;
	alarms[0]++;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
}

static void set_up_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	struct sigaction ticking = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	/*
	 * Long, because CRIU reads pending signals before timers: a timer that runs out in between is in
	 * its images without its signal, and its own restore leaves it standing.
	 */
	struct itimerval interval = { { 0, 500000 }, { 0, 500000 } };
	stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack) };
	sigset_t blocked;

	sigaltstack(&stack, NULL);
	sigaddset(&action.sa_mask, SIGHUP);
	sigaction(SIGRTMIN + 3, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &ticking, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	/* One pending for the process, two with values for the thread: order and values must stay. */
	sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 11 });
	for (int value = 21; value <= 22; value++) {
		siginfo_t info = { .si_signo = SIGRTMIN + 1, .si_code = SI_QUEUE };

		info.si_pid = getpid();
		info.si_value.sival_int = value;
		if (syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN + 1, &info))
			die("rt_tgsigqueueinfo");
	}
	setitimer(ITIMER_REAL, &interval, NULL);
}

/*
 * The user and group stay root's: prlimit on a task of another user needs CAP_SYS_RESOURCE, which a
 * machine under test may lack, and CRIU has no other way to its limits.
 */
static void set_up_child(void)
{
	gid_t groups[] = { 7, 1234 };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	umask(027);
	prctl(PR_SET_NAME, "attr-child");
	if (setgroups(2, groups))
		die("setgroups");
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_TIME))
		die("PR_CAPBSET_DROP");
	if (syscall(SYS_capget, &header, sets))
		die("capget");
	sets[0].effective &= ~(1U << CAP_SYS_BOOT);
	sets[0].inheritable |= 1U << CAP_CHOWN;
	if (syscall(SYS_capset, &header, sets))
		die("capset");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0))
		die("PR_CAP_AMBIENT");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void describe(char *out, size_t size)
{
	struct sigaction action;
	stack_t stack;
	sigset_t mask, pending;
	uid_t uid[3];
	gid_t gid[3], groups[8];
	char name[16], directory[256];
	mode_t mode = umask(0);
	int used, count = getgroups(8, groups);
	struct rlimit core;

	umask(mode);
	sigaction(SIGRTMIN + 3, NULL, &action);
	sigaltstack(NULL, &stack);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	prctl(PR_GET_NAME, name);
	getrlimit(RLIMIT_CORE, &core);
	used = snprintf(out, size,
			"uid=%u,%u,%u\ngid=%u,%u,%u\ngroups=%d:%u\numask=%o\nname=%s\ncwd=%s\nnice=%d\nno_new_privs=%d\n"
			"handler=%p\nhandler_flags=%x\nhandler_mask=%d\npipe_ignored=%d\nstack=%p+%zu\n"
			"core_limit=%llu,%llu\nids=%d,%d,%d,%d\nblocked=",
			uid[0], uid[1], uid[2], gid[0], gid[1], gid[2], count, count ? groups[count - 1] : 0, mode, name,
			getcwd(directory, sizeof(directory)), getpriority(PRIO_PROCESS, 0),
			prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), (void *)action.sa_sigaction, action.sa_flags,
			sigismember(&action.sa_mask, SIGHUP), signal(SIGPIPE, SIG_IGN) == SIG_IGN, stack.ss_sp,
			stack.ss_size, (unsigned long long)core.rlim_cur, (unsigned long long)core.rlim_max, getpid(),
			getpgrp(), getsid(0), (int)syscall(SYS_gettid));
	for (int i = 1; i < 65; i++)
		out[used++] = '0' + (i < NSIG && sigismember(&mask, i) == 1) + 2 * (sigismember(&pending, i) == 1);
	out[used++] = '\n';
	out[used] = 0;
}

/* Takes the queued signals out, checks them and queues them again. */
static void check_queue(void)
{
	static const int want[] = { 21, 22 };
	struct timespec now = { 0, 0 };
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	for (int i = 0; i < 2; i++) {
		if (sigtimedwait(&set, &info, &now) < 0 || info.si_value.sival_int != want[i])
			fail("queued signal %d is gone or carries another value", i);
		if (syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN + 1, &info))
			fail("cannot queue the signal again");
	}
}

/* A running timer has time left, but for the moment between its end and its signal. */
static void check_timer(void)
{
	static int looks_without, ticks_without;
	static uint64_t before;
	struct itimerval timer;

	getitimer(ITIMER_REAL, &timer);
	looks_without = timer.it_value.tv_sec || timer.it_value.tv_usec ? 0 : looks_without + 1;
	ticks_without = alarms[0] != before ? 0 : ticks_without + 1;
	before = alarms[0];
	/* 30 ms each, and one alarm in half a second. */
	if (looks_without > 1 || ticks_without > 100)
		fail("the interval timer stopped");
}

int main(int argc, char **argv)
{
	char lines[3000];
	uint64_t tick = 0;
	int child;
	char *child_lines = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (argc < 2)
		return 2;
	alarms = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	status_open(argv[1]);
	setpriority(PRIO_PROCESS, 0, 3);
	prctl(PR_SET_NAME, "attr-parent");
	child = fork();
	if (child < 0)
		die("fork");
	/* Each of the two counts its own alarms. */
	alarms += child ? 0 : 1;
	if (child == 0)
		set_up_child();
	set_up_signals();
	for (;; tick++) {
		describe(lines, child ? sizeof(lines) / 2 : 1200);
		check_queue();
		if (child == 0) {
			memcpy(child_lines, lines, strlen(lines) + 1);
		} else if (child_lines[0]) {
			char both[3000], *out = both;

			out += sprintf(out, "%s", lines);
			/* The child's keys are marked, so that both halves are compared. */
			for (char *at = child_lines; *at;) {
				size_t length = strcspn(at, "\n") + 1;

				out += sprintf(out, "child_%.*s", (int)length, at);
				at += length;
			}
			status_write(tick, both);
		}
		sleep_ms(30);
		check_timer();
	}
}
