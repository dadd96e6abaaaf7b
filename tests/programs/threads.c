/* SPDX-License-Identifier: Apache-2.0
 *
 * threads DIR COUNT: COUNT threads, each with a counter, a thread-local value and a signal mask of its
 * own. The tick is the slowest thread's counter.
 */
#include "common.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

struct worker {
	uint64_t ticks;
	pid_t tid;
	long index;
};

static __thread uint64_t thread_local_word;

static void *work(void *argument)
{
	struct worker *me = argument;
	sigset_t mask, now;

	thread_local_word = word_at(7, me->index);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN + me->index % 16);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	me->tid = syscall(SYS_gettid);
	for (;;) {
		if (thread_local_word != word_at(7, me->index))
			fail("thread %ld lost its thread-local storage", me->index);
		if (syscall(SYS_gettid) != me->tid)
			fail("thread %ld has another tid", me->index);
		pthread_sigmask(SIG_SETMASK, NULL, &now);
		if (!sigismember(&now, SIGRTMIN + me->index % 16) || sigismember(&now, SIGUSR1))
			fail("thread %ld has another signal mask", me->index);
		__atomic_add_fetch(&me->ticks, 1, __ATOMIC_RELAXED);
		sleep_ms(50);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 1;
	struct worker *workers = calloc(count, sizeof(*workers));
	pthread_attr_t attributes;

	status_open(argv[1]);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * 1024);
	for (long i = 0; i < count; i++) {
		pthread_t thread;

		workers[i].index = i;
		if (pthread_create(&thread, &attributes, work, &workers[i]))
			die("pthread_create");
	}
	for (;;) {
		uint64_t slowest = UINT64_MAX, tid_sum = 0;
		char lines[64];

		for (long i = 0; i < count; i++) {
			uint64_t ticks = __atomic_load_n(&workers[i].ticks, __ATOMIC_RELAXED);

			slowest = ticks < slowest ? ticks : slowest;
			tid_sum += workers[i].tid;
		}
		snprintf(lines, sizeof(lines), "tid_sum=%llu\n", (unsigned long long)tid_sum);
		if (slowest > 0)
			status_write(slowest, lines);
		sleep_ms(10);
	}
}
