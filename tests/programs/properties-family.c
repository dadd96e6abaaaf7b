/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-family: processes and threads, what they share, and what their parents hear of them.
 */
#include "properties.h"
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Children that wait, and what /proc/PID/stat has in a field: 3 state, 5 group, 6 session, 38 exit signal. */
static int children[32];

static int stat_field(char *value, int pid, int field)
{
	char path[64], text[VALUE_BYTES], *at;
	struct line line = { path, NULL };

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (get_line(text, &line))
		return -1;
	at = strrchr(text, ')');
	for (int number = 2; number < field; number++)
		at = strchr(at + 1, ' ');
	return say(value, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

struct child {
	int slot;
	unsigned long flags;
	int field;
	void (*run)(void);
};

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static int start(const void *of)
{
	const struct child *child = of;
	int pid = syscall(SYS_clone, child->flags, 0, 0, 0, 0);

	if (pid == 0) {
		/* It goes when its parent does, and not before. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child->run();
		_exit(0);
	}
	children[child->slot] = pid;
	sleep_ms(20);
	return pid;
}

/* The report is left for others to take. */
static int await_report(const void *of, int kind)
{
	siginfo_t info;

	return waitid(P_PID, children[((const struct child *)of)->slot], &info, kind | WNOWAIT);
}

static int start_ended(const void *of)
{
	return start(of) < 0 ? -1 : await_report(of, WEXITED);
}

static int start_stopped(const void *of)
{
	return start(of) < 0 ? -1 : await_report(of, WSTOPPED);
}

/* A context of I/O that is not there is not shared. */
static int start_with_io(const void *of)
{
	return syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5) ?: start(of);
}

static int get_child(char *value, const void *of)
{
	const struct child *child = of;

	return children[child->slot] ? stat_field(value, children[child->slot], child->field) : say(value, "none");
}

static void end_by_signal(void)
{
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
}

static void end_with_code(void)
{
	_exit(42);
}

static void stop(void)
{
	raise(SIGSTOP);
	wait_for_ever();
}

static void lead_group(void)
{
	setpgid(0, 0);
	wait_for_ever();
}

static void lead_session(void)
{
	setsid();
	wait_for_ever();
}

static void wait_with_name(void)
{
	prctl(PR_SET_NAME, "a child");
	wait_for_ever();
}

/* Its session's leader is gone. */
static void outlive_leader(void)
{
	int pipes[2], pid;

	setsid();
	if (pipe(pipes))
		return;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		prctl(PR_SET_NAME, "an orphan");
		pid = getpid();
		if (write(pipes[1], &pid, sizeof(pid)))
			wait_for_ever();
	}
	if (read(pipes[0], &pid, sizeof(pid)))
		_exit(0);
}

static int get_ended(char *value, const void *of)
{
	const struct child *child = of;
	siginfo_t info = { 0 };

	if (!children[child->slot])
		return say(value, "none");
	return waitid(P_PID, children[child->slot], &info, WEXITED | WNOHANG | WNOWAIT) ?
		       -1 :
		       say(value, "%d %d", info.si_code, info.si_status);
}

static int get_order(char *value, const void *of)
{
	char path[64];
	struct line line = { path, NULL };

	(void)of;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	return get_line(value, &line);
}

static int get_shared(char *value, const void *of)
{
	const struct child *child = of;

	if (!children[child->slot])
		return say(value, "none");
	return say(value, "%d", syscall(SYS_kcmp, getpid(), children[child->slot], child->field, 0, 0) == 0);
}

static const struct child plain = { 0, SIGCHLD, 3, wait_for_ever }, named = { 1, SIGCHLD, 2, wait_with_name },
			  leads_group = { 2, SIGCHLD, 5, lead_group }, leads_session = { 3, SIGCHLD, 6, lead_session },
			  ended = { 4, SIGCHLD, 3, end_with_code }, killed = { 5, SIGCHLD, 3, end_by_signal },
			  stopped = { 6, SIGCHLD, 3, stop }, other_signal = { 7, SIGUSR2, 38, wait_for_ever },
			  no_signal = { 8, 0, 38, wait_for_ever },
			  shares_files = { 9, SIGCHLD | CLONE_FILES, KCMP_FILES, wait_for_ever },
			  shares_fs = { 10, SIGCHLD | CLONE_FS, KCMP_FS, wait_for_ever },
			  shares_io = { 11, SIGCHLD | CLONE_IO, KCMP_IO, wait_for_ever },
			  shares_sysvsem = { 12, SIGCHLD | CLONE_SYSVSEM, KCMP_SYSVSEM, wait_for_ever },
			  orphan = { 13, SIGCHLD, 3, outlive_leader };

static void family(void)
{
	signal(SIGUSR2, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	property("child", start, get_child, &plain);
	property("group", start, get_child, &leads_group);
	property("session", start, get_child, &leads_session);
	property("zombie that has exited", start_ended, get_ended, &ended);
	property("zombie that was killed", start_ended, get_ended, &killed);
	property("stopped child", start_stopped, get_child, &stopped);
	property("signal at the end of a child", start, get_child, &other_signal);
	property("no signal at the end of a child", start, get_child, &no_signal);
	property("order of children", start, get_order, &named);
	property("CLONE_FILES", start, get_shared, &shares_files);
	property("CLONE_FS", start, get_shared, &shares_fs);
	property("CLONE_IO", start_with_io, get_shared, &shares_io);
	property("CLONE_SYSVSEM", start, get_shared, &shares_sysvsem);
	property("session without its leader", start_ended, get_child, &orphan);
}

/* What a parent can still hear of its children. */

static int start_and_hear(const void *of)
{
	const struct child *child = of;

	return start(of) < 0 ? -1 : waitpid(children[child->slot], NULL, WUNTRACED);
}

static int start_and_continue(const void *of)
{
	const struct child *child = of;

	return start_stopped(of) ?: kill(children[child->slot], SIGCONT) ?: await_report(of, WCONTINUED);
}

static int start_and_hear_all(const void *of)
{
	const struct child *child = of;

	return start_and_continue(of) ? -1 : waitpid(children[child->slot], NULL, WCONTINUED);
}

static int get_report(char *value, const void *of)
{
	const struct child *child = of;
	siginfo_t info = { 0 };
	char state[8] = "";

	if (!children[child->slot])
		return say(value, "none");
	if (waitid(P_PID, children[child->slot], &info, WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT) ||
	    stat_field(state, children[child->slot], 3))
		return -1;
	return say(value, "%s %d %d", state, info.si_code, info.si_status);
}

static void stop_as_by_terminal(void)
{
	/* Of a group whose parents are in none of the session the kernel would not stop it. */
	setpgid(0, 0);
	raise(SIGTSTP);
	wait_for_ever();
}

static void *wait_in_thread(void *of)
{
	(void)of;
	for (;;)
		sleep_ms(3600 * 1000);
	return NULL;
}

static void stop_with_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, wait_in_thread, NULL);
	stop();
}

static int get_threads(char *value, const void *of)
{
	const struct child *child = of;
	char path[64], all[8] = "";
	struct line line = { path, "State:" };
	int count = 0;

	for (int tid = children[child->slot]; tid && tid < children[child->slot] + 16; tid++) {
		char text[VALUE_BYTES];

		snprintf(path, sizeof(path), "/proc/%d/task/%d/status", children[child->slot], tid);
		if (!get_line(text, &line) && count < 7)
			all[count++] = text[strlen("State:  ") - 1];
	}
	return say(value, "%s", all);
}

static int block_child_signal(const void *of)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return sigprocmask(SIG_BLOCK, &set, NULL) ?: start_ended(of);
}

static int get_child_signal(char *value, const void *of)
{
	sigset_t set;

	(void)of;
	return sigpending(&set) ?: say(value, "%d", sigismember(&set, SIGCHLD));
}

static const struct child unheard = { 0, SIGCHLD, 3, stop }, heard = { 1, SIGCHLD, 3, stop },
			  by_terminal = { 2, SIGCHLD, 3, stop_as_by_terminal },
			  by_terminal_heard = { 3, SIGCHLD, 3, stop_as_by_terminal }, continued = { 4, SIGCHLD, 3, stop },
			  continued_heard = { 5, SIGCHLD, 3, stop }, of_threads = { 6, SIGCHLD, 3, stop_with_threads },
			  signals = { 7, SIGCHLD, 3, end_with_code };

static void reports(void)
{
	property("stop that was not heard of", start_stopped, get_report, &unheard);
	property("stop that was heard of", start_and_hear, get_report, &heard);
	property("stop by a terminal", start_stopped, get_report, &by_terminal);
	property("stop by a terminal that was heard of", start_and_hear, get_report, &by_terminal_heard);
	property("continuation that was not heard of", start_and_continue, get_report, &continued);
	property("continuation that was heard of", start_and_hear_all, get_report, &continued_heard);
	property("stopped threads", start_and_hear, get_threads, &of_threads);
	property("waiting SIGCHLD", block_child_signal, get_child_signal, &signals);
}

/* Threads that have something of their own. */

static const struct own {
	int flag, slot;
	const char *link;
} own_cwd = { CLONE_FS, 0, "cwd" }, own_files = { CLONE_FILES, 1, "cwd" }, own_names = { CLONE_NEWUTS, 2, "ns/uts" },
  own_network = { CLONE_NEWNET, 3, "ns/net" };

static volatile int tids[8];

static void *unshare_and_wait(void *of)
{
	const struct own *own = of;

	if (unshare(own->flag) || (own->flag == CLONE_FS && chdir("/usr")))
		tids[own->slot] = -1;
	else
		tids[own->slot] = syscall(SYS_gettid);
	wait_for_ever();
	return NULL;
}

static int start_own(const void *of)
{
	const struct own *own = of;
	pthread_t thread;

	pthread_create(&thread, NULL, unshare_and_wait, (void *)own);
	while (!tids[own->slot])
		sleep_ms(1);
	return tids[own->slot];
}

static int get_own(char *value, const void *of)
{
	const struct own *own = of;
	char path[64], target[256] = { 0 };

	if (tids[own->slot] <= 0)
		return say(value, "none");
	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tids[own->slot], own->link);
	return readlink(path, target, sizeof(target) - 1) < 0 ? -1 : say(value, "%s", target);
}

/* A child that one thread has started. */

static volatile int starter, started;

static void *start_and_wait(void *of)
{
	int pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_for_ever();
	}
	starter = syscall(SYS_gettid);
	started = pid;
	return wait_in_thread(of);
}

static int start_in_thread(const void *of)
{
	pthread_t thread;

	(void)of;
	if (pthread_create(&thread, NULL, start_and_wait, NULL))
		return -1;
	while (!started)
		sleep_ms(1);
	sleep_ms(20);
	return started;
}

static int get_starter(char *value, const void *of)
{
	char path[64], text[VALUE_BYTES];
	struct line line = { path, NULL };

	(void)of;
	if (!started)
		return say(value, "none");
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", starter);
	return say(value, "%s", get_line(text, &line) ? "another" : "this one");
}

static void own_of_threads(void)
{
	property("child of a thread", start_in_thread, get_starter, NULL);
	property("working directory of a thread", start_own, get_own, &own_cwd);
	property("descriptors of a thread", start_own, get_own, &own_files);
	property("UTS namespace of a thread", start_own, get_own, &own_names);
	property("network namespace of a thread", start_own, get_own, &own_network);
}

static const struct group groups[] = {
	{ "family", family },
	{ "reports-of-children", reports },
	{ "own-of-threads", own_of_threads },
};

SERVE(groups)
