/* SPDX-License-Identifier: Apache-2.0
 *
 * Attributes of tasks for the programs properties-*: the same rows for a process and for another thread of it.
 */
#ifndef TORPOR_TESTS_ATTRIBUTES_H
#define TORPOR_TESTS_ATTRIBUTES_H

#include "properties.h"
#include <pthread.h>
#include <signal.h>

/* Another thread does what it is told, since attributes of threads can be asked for by the thread only. */
static pthread_t helper;
static struct {
	setter *set;
	getter *get;
	char *value;
	const void *of;
	int result, error;
	volatile bool asked;
} job;
static bool in_thread;

static inline void *help(void *unused)
{
	(void)unused;
	for (;; sleep_ms(1)) {
		if (!job.asked)
			continue;
		errno = 0;
		job.result = job.set ? job.set(job.of) : job.get(job.value, job.of);
		job.error = errno;
		job.asked = false;
	}
	return NULL;
}

static inline int run_job(void)
{
	job.asked = true;
	while (job.asked)
		sleep_ms(1);
	errno = job.error;
	return job.result;
}

struct attribute {
	const char *name;
	setter *set;
	getter *get;
	const void *of;
	bool of_process;
};

static inline int set_in_thread(const void *of)
{
	const struct attribute *attribute = of;

	job.set = attribute->set;
	job.of = attribute->of;
	return run_job();
}

static inline int get_in_thread(char *value, const void *of)
{
	const struct attribute *attribute = of;

	job.set = NULL;
	job.get = attribute->get;
	job.value = value;
	job.of = attribute->of;
	return run_job();
}

static inline void attributes(const struct attribute *attribute, size_t count)
{
	for (; count--; attribute++)
		if (!in_thread)
			property(attribute->name, attribute->set, attribute->get, attribute->of);
		else if (!attribute->of_process)
			property(attribute->name, attribute->set ? set_in_thread : NULL, get_in_thread, attribute);
}

#define ATTRIBUTES(rows) attributes(rows, sizeof(rows) / sizeof(*rows))

static inline void begin_thread(void)
{
	in_thread = true;
	if (pthread_create(&helper, NULL, help, NULL))
		die("pthread_create");
}

static inline int get_status(char *value, const void *of)
{
	static char path[64];
	struct line line = { path, of };

	snprintf(path, sizeof(path), "/proc/self/task/%ld/status", syscall(SYS_gettid));
	return get_line(value, &line);
}

static inline int set_mask(const void *of)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, *(const int *)of);
	return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

#endif
