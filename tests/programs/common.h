/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs under test share: the status file, and random bytes that can be made again.
 *
 * A program writes `key=value` lines into DIR/status, always the same number of bytes and over the
 * same open file, so that its size never changes between a dump and a restore. `tick` grows while the
 * program runs; `error` appears when the program finds its own state damaged; every other key must
 * read the same before a dump and after a restore.
 */
#ifndef TORPOR_TESTS_COMMON_H
#define TORPOR_TESTS_COMMON_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATUS_BYTES 4096
#define STATUS_ERROR_BYTES 256

static int status_fd = -1;
static char status_error_text[STATUS_ERROR_BYTES];
/* Points to the text once that is whole. */
static const char *status_error = "";

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int open_in(const char *dir, const char *name, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_CREAT, 0644);
	if (fd < 0)
		die(path);
	return fd;
}

static inline void status_open(const char *dir)
{
	status_fd = open_in(dir, "status", O_RDWR);
	if (ftruncate(status_fd, STATUS_BYTES))
		die("ftruncate");
}

/* Keeps the first error, of whichever thread: later ones are mostly its consequences. */
static inline void __attribute__((format(printf, 1, 2))) fail(const char *format, ...)
{
	static int claimed;
	va_list args;

	if (__atomic_exchange_n(&claimed, 1, __ATOMIC_ACQ_REL))
		return;
	va_start(args, format);
	vsnprintf(status_error_text, sizeof(status_error_text), format, args);
	va_end(args);
	__atomic_store_n(&status_error, status_error_text, __ATOMIC_RELEASE);
}

static inline void status_write(uint64_t tick, const char *lines)
{
	const char *error = __atomic_load_n(&status_error, __ATOMIC_ACQUIRE);
	char block[STATUS_BYTES];
	int length;

	memset(block, '\n', sizeof(block));
	length = snprintf(block, sizeof(block), "tick=%llu\n%s%s%s\n", (unsigned long long)tick, lines,
			  error[0] ? "error=" : "", error);
	if (length >= STATUS_BYTES)
		die("status block is too small");
	block[length] = '\n';
	if (pwrite(status_fd, block, sizeof(block), 0) != sizeof(block))
		die("status");
}

static inline void sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* splitmix64: any word of the sequence can be computed from its index alone. */
static inline uint64_t word_at(uint64_t seed, uint64_t index)
{
	uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline void fill(void *area, size_t bytes, uint64_t seed)
{
	uint64_t *words = area;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = word_at(seed, i);
}

/* Returns the offset of the first damaged byte group, or -1. */
static inline ssize_t first_difference(const void *area, size_t bytes, uint64_t seed)
{
	const uint64_t *words = area;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		if (words[i] != word_at(seed, i))
			return i * sizeof(*words);
	return -1;
}

#endif
