/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-signals: actions, pending signals, timers, clocks.
 */
#include "attributes.h"
#include <sys/time.h>
#include <sys/timerfd.h>

/* Signals. */

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info, (void)context;
}

struct action {
	int signal, flags, mask;
	bool ignored;
};

static int set_action(const void *of)
{
	const struct action *wanted = of;
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = wanted->flags };

	if (wanted->ignored)
		action.sa_handler = SIG_IGN;
	if (wanted->mask)
		sigaddset(&action.sa_mask, wanted->mask);
	return sigaction(wanted->signal, &action, NULL);
}

static int get_action(char *value, const void *of)
{
	unsigned long action[4];

	if (syscall(SYS_rt_sigaction, ((const struct action *)of)->signal, NULL, action, 8))
		return -1;
	return say(value, "%lx %lx %lx %lx", action[0], action[1], action[2], action[3]);
}

#define ACTION(name, signal, flags, mask, ignored) \
	{ name, set_action, get_action, &(const struct action){ signal, flags, mask, ignored }, true }

static const struct attribute actions[] = {
	ACTION("handler", SIGHUP, 0, 0, false),
	ACTION("SA_SIGINFO", SIGUSR1, SA_SIGINFO, 0, false),
	ACTION("SA_RESTART", SIGUSR2, SA_RESTART, 0, false),
	ACTION("SA_NODEFER", SIGVTALRM, SA_NODEFER, 0, false),
	ACTION("SA_RESETHAND", SIGPROF, SA_RESETHAND, 0, false),
	ACTION("SA_ONSTACK", SIGWINCH, SA_ONSTACK, 0, false),
	ACTION("SA_NOCLDSTOP", SIGCHLD, SA_NOCLDSTOP, 0, false),
	ACTION("SA_NOCLDWAIT", SIGCHLD, SA_NOCLDSTOP | SA_NOCLDWAIT, 0, false),
	ACTION("SA_EXPOSE_TAGBITS", SIGIO, 0x800, 0, false),
	ACTION("mask of a handler", SIGURG, 0, SIGUSR1, false),
	ACTION("ignored signal", SIGPIPE, 0, 0, true),
	ACTION("ignored real-time signal", 50, 0, 0, true),
	ACTION("handler of a real-time signal", 51, SA_SIGINFO, SIGTERM, false),
};

/* Queued to the process, or to the thread, with a value. */
struct pending {
	int signal, value;
	bool of_process;
};

static int queue_signal(const void *of)
{
	const struct pending *pending = of;
	siginfo_t info = { .si_signo = pending->signal, .si_code = SI_QUEUE };

	set_mask(&pending->signal);
	info.si_pid = getpid();
	info.si_value.sival_int = pending->value;
	return pending->of_process ? syscall(SYS_rt_sigqueueinfo, getpid(), pending->signal, &info) :
				     syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), pending->signal, &info);
}

/* Taken out, and queued again. */
static int get_signal(char *value, const void *of)
{
	const struct pending *pending = of;
	struct timespec now = { 0, 0 };
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, pending->signal);
	if (sigtimedwait(&set, &info, &now) < 0)
		return -1;
	queue_signal(of);
	return say(value, "%d %d %d", info.si_code, info.si_value.sival_int, info.si_pid == getpid());
}

#define PENDING(name, signal, value, of_process) \
	{ name, queue_signal, get_signal, &(const struct pending){ signal, value, of_process }, of_process }

static const struct attribute pending[] = {
	PENDING("pending signal of the process", 40, 11, true),
	PENDING("pending signal of the thread", 41, 12, false),
	PENDING("pending standard signal", SIGCONT, 13, true),
};

static void signals(void)
{
	ATTRIBUTES(actions);
	ATTRIBUTES(pending);
}

static void signals_of_thread(void)
{
	begin_thread();
	ATTRIBUTES(pending);
}

/* Timers. */

static int set_interval_timer(const void *of)
{
	const struct itimerval hours = { { 4000, 5 }, { 3600, 0 } };

	return setitimer(*(const int *)of, &hours, NULL);
}

static int get_interval_timer(char *value, const void *of)
{
	struct itimerval left;

	if (getitimer(*(const int *)of, &left))
		return -1;
	return say(value, "%ld.%06ld armed %d", left.it_interval.tv_sec, left.it_interval.tv_usec,
		   left.it_value.tv_sec > 3500 && left.it_value.tv_sec < 3700);
}

static const struct attribute interval_timers[] = {
	{ "ITIMER_REAL", set_interval_timer, get_interval_timer, &(const int){ ITIMER_REAL }, true },
	{ "ITIMER_VIRTUAL", set_interval_timer, get_interval_timer, &(const int){ ITIMER_VIRTUAL }, true },
	{ "ITIMER_PROF", set_interval_timer, get_interval_timer, &(const int){ ITIMER_PROF }, true },
};

struct posix_timer {
	int clock, notify, flags;
	int *id;
};

static int set_posix_timer(const void *of)
{
	const struct posix_timer *timer = of;
	struct sigevent event = { .sigev_notify = timer->notify, .sigev_signo = 45, .sigev_value.sival_int = 99 };
	struct itimerspec hours = { { 4000, 5 }, { 3600, 0 } };

	event._sigev_un._tid = syscall(SYS_gettid);
	if (syscall(SYS_timer_create, timer->clock, &event, timer->id))
		return -1;
	if (timer->flags == TIMER_ABSTIME) {
		clock_gettime(timer->clock, &hours.it_value);
		hours.it_value.tv_sec += 3600;
	}
	return syscall(SYS_timer_settime, *timer->id, timer->flags, &hours, NULL);
}

static int get_posix_timer(char *value, const void *of)
{
	const struct posix_timer *timer = of;
	struct itimerspec left;
	struct line line = { "/proc/self/timers", value };
	char found[VALUE_BYTES];

	if (!*timer->id || syscall(SYS_timer_gettime, *timer->id, &left))
		return say(value, "none");
	sprintf(value, "ID: %d\n", *timer->id);
	get_line(found, &line);
	return say(value, "%s %ld.%09ld armed %d", found, left.it_interval.tv_sec, left.it_interval.tv_nsec,
		   left.it_value.tv_sec > 3500 && left.it_value.tv_sec < 3700);
}

/* A timer at an hour of the wall clock comes at that hour, however long the process was away. */
static struct timespec expected;
static int absolute_timer, absolute_fd = -1;

static const char *punctuality(const struct itimerspec *left)
{
	struct timespec now;
	double late;

	clock_gettime(CLOCK_REALTIME, &now);
	late = now.tv_sec + left->it_value.tv_sec - expected.tv_sec +
	       1e-9 * (now.tv_nsec + left->it_value.tv_nsec - expected.tv_nsec);
	return late > 0.05 ? "late" : late < -0.05 ? "early" : "on time";
}

static int set_absolute_timer(const void *of)
{
	const struct posix_timer timer = { CLOCK_REALTIME, SIGEV_SIGNAL, TIMER_ABSTIME, &absolute_timer };

	(void)of;
	clock_gettime(CLOCK_REALTIME, &expected);
	expected.tv_sec += 3600;
	return set_posix_timer(&timer);
}

static int get_absolute_timer(char *value, const void *of)
{
	struct itimerspec left;

	(void)of;
	return syscall(SYS_timer_gettime, absolute_timer, &left) || !left.it_value.tv_sec ?
		       say(value, "none") :
		       say(value, "%s", punctuality(&left));
}

static int set_absolute_fd(const void *of)
{
	struct itimerspec hour = { { 0, 0 }, { 0, 0 } };

	(void)of;
	clock_gettime(CLOCK_REALTIME, &expected);
	expected.tv_sec += 3600;
	hour.it_value = expected;
	absolute_fd = timerfd_create(CLOCK_REALTIME, 0);
	return timerfd_settime(absolute_fd, TFD_TIMER_ABSTIME, &hour, NULL);
}

static int get_absolute_fd(char *value, const void *of)
{
	struct itimerspec left;

	(void)of;
	return timerfd_gettime(absolute_fd, &left) ? say(value, "none") : say(value, "%s", punctuality(&left));
}

/* Ids begin with 0, which belongs to a timer that is not used for anything else. */
static int timer_ids[12];

#define TIMER(name, clock, notify, flags, number) \
	{ name, set_posix_timer, get_posix_timer, &(const struct posix_timer){ clock, notify, flags, &timer_ids[number] }, true }

static const struct attribute posix_timers[] = {
	TIMER("timer of CLOCK_REALTIME", CLOCK_REALTIME, SIGEV_SIGNAL, 0, 1),
	TIMER("timer of CLOCK_MONOTONIC", CLOCK_MONOTONIC, SIGEV_SIGNAL, 0, 2),
	TIMER("timer of CLOCK_BOOTTIME", CLOCK_BOOTTIME, SIGEV_SIGNAL, 0, 3),
	TIMER("timer of CLOCK_TAI", CLOCK_TAI, SIGEV_SIGNAL, 0, 4),
	TIMER("timer of CLOCK_REALTIME_ALARM", CLOCK_REALTIME_ALARM, SIGEV_SIGNAL, 0, 5),
	TIMER("timer of CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, 0, 6),
	TIMER("timer of CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, 0, 7),
	TIMER("timer that notifies a thread", CLOCK_MONOTONIC, SIGEV_THREAD_ID, 0, 8),
	TIMER("timer that notifies nobody", CLOCK_MONOTONIC, SIGEV_NONE, 0, 9),
	TIMER("timer at a time of CLOCK_MONOTONIC", CLOCK_MONOTONIC, SIGEV_SIGNAL, TIMER_ABSTIME, 10),
	{ "timer at an hour of the wall clock", set_absolute_timer, get_absolute_timer, NULL, true },
};

static const struct attribute absolute_descriptor[] = {
	{ "timerfd at an hour of the wall clock", set_absolute_fd, get_absolute_fd, NULL, true },
};

static void timers(void)
{
	struct sigevent none = { .sigev_notify = SIGEV_NONE };
	int first;

	syscall(SYS_timer_create, CLOCK_MONOTONIC, &none, &first);
	ATTRIBUTES(interval_timers);
	ATTRIBUTES(posix_timers);
	ATTRIBUTES(absolute_descriptor);
}

/* Clocks: how far two are apart, now and when the process began. */
static double apart(int first, int second)
{
	struct timespec one, other;

	clock_gettime(first, &one);
	clock_gettime(second, &other);
	return one.tv_sec - other.tv_sec + 1e-9 * (one.tv_nsec - other.tv_nsec);
}

static int get_distance(char *value, const void *of)
{
	static double before[3][16];
	const int *clocks = of;
	double now = apart(clocks[0], clocks[1]), *first = &before[clocks[0] ? 1 : 0][clocks[1]];

	if (!*first)
		*first = now;
	return say(value, "%s", now - *first > 0.02 || now - *first < -0.02 ? "moved" : "as it was");
}

static int get_link(char *value, const void *of)
{
	char text[512] = { 0 };

	return readlink(of, text, sizeof(text) - 1) < 0 ? -1 : say(value, "%s", text);
}

static int get_start_time(char *value, const void *of)
{
	struct line line = { "/proc/self/stat", NULL };
	char text[VALUE_BYTES], *at;

	(void)of;
	get_line(text, &line);
	at = strrchr(text, ')');
	for (int field = 2; field < 22; field++)
		at = strchr(at + 1, ' ');
	return say(value, "%.*s", (int)strcspn(at + 1, " "), at + 1);
}

static const int wall_and_monotonic[] = { CLOCK_REALTIME, CLOCK_MONOTONIC };

static void clocks(void)
{
	property("CLOCK_MONOTONIC beside CLOCK_REALTIME", NULL, get_distance,
		 wall_and_monotonic);
	property("time namespace", NULL, get_link, "/proc/self/ns/time");
	property("start time", NULL, get_start_time, NULL);
}

static const struct group groups[] = {
	{ "signals", signals },
	{ "signals-of-a-thread", signals_of_thread },
	{ "timers", timers },
	{ "clocks", clocks },
};

SERVE(groups)
