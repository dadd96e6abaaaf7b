/* SPDX-License-Identifier: Apache-2.0
 *
 * waits DIR SECONDS: threads that each wait by one call, for SECONDS, while the main thread ticks. A
 * call that ends must have waited to its end, and must have changed nothing that it was given.
 */
#include "common.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#define KINDS 9

static const char *const names[KINDS] = {
	"nanosleep", "nanosleep_told", "clock_nanosleep", "boot_told", "realtime", "poll", "poll_file", "futex",
	"futex_until",
};
static long seconds;
static int pipe_fds[2];
static int words[KINDS];
static volatile int done[KINDS];

/* How the call ended, in its own registers: what it was given must still be there. */
static long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	register long r9 __asm__("r9") = FUTEX_BITSET_MATCH_ANY;
	long rdi = a, rsi = b, rdx = c, result;

	__asm__ volatile("syscall"
			 : "=a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r9)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	if (r9 != FUTEX_BITSET_MATCH_ANY || rdi != a || rsi != b || rdx != c || r10 != d)
		fail("an argument of call %ld has changed", nr);
	return result;
}

static long wait_in(int kind)
{
	struct timespec time = { seconds, 1 }, told = { -1, -1 };
	struct pollfd file = { .fd = pipe_fds[0], .events = POLLIN };
	long result;

	switch (kind) {
	case 0:
		return call(SYS_nanosleep, (long)&time, 0, 0, 0);
	case 1:
		result = call(SYS_nanosleep, (long)&time, (long)&told, 0, 0);
		return time.tv_sec == seconds && time.tv_nsec == 1 ? result : 1;
	case 2:
		return call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)&time, 0);
	case 3:
		return call(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, (long)&time, (long)&told);
	case 4:
		return call(SYS_clock_nanosleep, CLOCK_REALTIME, 0, (long)&time, 0);
	case 5:
		return call(SYS_poll, 0, 0, seconds * 1000, 0);
	case 6:
		return call(SYS_poll, (long)&file, 1, seconds * 1000, 0);
	case 7:
		return call(SYS_futex, (long)&words[kind], FUTEX_WAIT, 0, (long)&time) + ETIMEDOUT;
	default:
		clock_gettime(CLOCK_MONOTONIC, &told);
		told.tv_sec += seconds;
		return call(SYS_futex, (long)&words[kind], FUTEX_WAIT_BITSET_PRIVATE, 0, (long)&told) + ETIMEDOUT;
	}
}

static void *wait_once(void *kind)
{
	int me = (long)kind;
	long result = wait_in(me);

	if (result)
		fail("%s gave %ld", names[me], result);
	done[me] = 1;
	return NULL;
}

int main(int argc, char **argv)
{
	char lines[1024];
	uint64_t tick = 0;
	pthread_t thread;

	if (argc < 3)
		return 1;
	seconds = atol(argv[2]);
	status_open(argv[1]);
	if (pipe(pipe_fds))
		die("pipe");
	for (long kind = 0; kind < KINDS; kind++)
		if (pthread_create(&thread, NULL, wait_once, (void *)kind))
			die("pthread_create");
	for (;;) {
		int length = 0;

		for (int kind = 0; kind < KINDS; kind++)
			length += snprintf(lines + length, sizeof(lines) - length, "%s=%s\n", names[kind],
					   done[kind] ? "over" : "waits");
		status_write(tick++, lines);
		sleep_ms(20);
	}
}
