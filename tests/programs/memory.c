/* SPDX-License-Identifier: Apache-2.0
 *
 * memory DIR MIB: every kind of mapping this format knows, checked again at each tick; four threads.
 * The private area has MIB of random data; the others are small.
 */
#include "common.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define PAGE 4096UL
#define AREA (64 * PAGE)
#define STRIPES 60

static uint64_t thread_ticks[4];

static void *tick(void *counter)
{
	for (;;) {
		__atomic_add_fetch((uint64_t *)counter, 1, __ATOMIC_RELAXED);
		sleep_ms(1);
	}
	return NULL;
}

/* Whether a page is there; a guard region has none. No descriptor is opened for it: others count them. */
static int is_there(const char *page)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)page, 1 };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1;
}

static void *map(size_t bytes, int protection, int flags, int fd)
{
	void *area = mmap(NULL, bytes, protection, flags, fd, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

static void check(const char *name, const void *area, size_t bytes, uint64_t seed)
{
	ssize_t at = first_difference(area, bytes, seed);

	if (at >= 0)
		fail("%s memory differs at offset %zd", name, at);
}

/* Only every 16th page was ever touched; the others must still read as zeros. */
static void check_sparse(const char *area)
{
	for (size_t page = 0; page < 1024; page++) {
		uint64_t want = page % 16 ? 0 : word_at(5, page);

		if (*(const uint64_t *)(area + page * PAGE) != want)
			fail("sparse page %zu differs", page);
	}
}

/* Neighbours of all protections, more than a few: written and read, only read, out of reach. */
static char *make_striped(void)
{
	char *striped = map(STRIPES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	fill(striped, STRIPES * PAGE, 12);
	for (int page = 0; page < STRIPES; page++)
		if (page % 3)
			mprotect(striped + page * PAGE, PAGE, page % 3 == 1 ? PROT_READ : PROT_NONE);
	return striped;
}

static void check_striped(char *striped)
{
	for (int page = 0; page < STRIPES; page++) {
		volatile uint64_t *first = (uint64_t *)(striped + page * PAGE);
		int is_reachable = page % 3 != 2;

		if (is_there(striped + page * PAGE) != is_reachable)
			fail("access to striped page %d differs", page);
		if (is_reachable && *first != word_at(12, page * PAGE / sizeof(*first)))
			fail("striped page %d differs", page);
		if (page % 3 == 0)
			*first = *first;
	}
}

int main(int argc, char **argv)
{
	size_t bytes = (argc > 2 ? atol(argv[2]) : 1) << 20;
	int rw = PROT_READ | PROT_WRITE;
	int file = open_in(argv[1], "mapped", O_RDWR);
	char *private = map(bytes, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *shared = map(AREA, rw, MAP_SHARED | MAP_ANONYMOUS, -1);
	char *readonly = map(AREA, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *none = map(AREA, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *sparse = map(1024 * PAGE, rw, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	char *guarded = map(8 * PAGE, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *locked = map(8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	/* MAP_DROPPABLE, since Linux 6.11. */
	char *droppable = mmap(NULL, AREA, rw, 0x8 | MAP_ANONYMOUS, -1, 0);
	char *wiped = map(AREA, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *striped = make_striped();
	int has_guards;
	char *file_shared, *file_private, *heap = malloc(AREA);

	status_open(argv[1]);
	if (ftruncate(file, 2 * AREA))
		die("ftruncate");
	file_shared = map(AREA, rw, MAP_SHARED, file);
	file_private = map(2 * AREA, rw, MAP_PRIVATE, file);
	fill(private, bytes, 1);
	fill(shared, AREA, 2);
	fill(readonly, AREA, 3);
	fill(none, AREA, 4);
	for (size_t page = 0; page < 1024; page += 16)
		*(uint64_t *)(sparse + page * PAGE) = word_at(5, page);
	fill(file_shared, AREA, 6);
	fill(file_private + AREA, AREA, 7);
	fill(heap, AREA, 8);
	mprotect(readonly, AREA, PROT_READ);
	mprotect(none, AREA, PROT_NONE);
	madvise(shared, AREA, MADV_DONTFORK);
	fill(guarded, 8 * PAGE, 9);
	/* MADV_GUARD_INSTALL, since Linux 6.13. */
	has_guards = !madvise(guarded + 2 * PAGE, 3 * PAGE, 102);
	if (droppable != MAP_FAILED)
		fill(droppable, AREA, 10);
	fill(wiped, AREA, 11);
	madvise(wiped, AREA, MADV_WIPEONFORK);
	/* It fails, for there is nothing to bring in, and has locked it. */
	mlock(locked, 8 * PAGE);
	for (int i = 0; i < 4; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, tick, &thread_ticks[i]))
			die("pthread_create");
	}
	for (uint64_t round = 1;; round++) {
		uint64_t slowest = round;

		check("private", private, bytes, 1);
		check("shared", shared, AREA, 2);
		check("read-only", readonly, AREA, 3);
		check_sparse(sparse);
		check_striped(striped);
		check("shared file", file_shared, AREA, 6);
		check("unwritten private file", file_private, AREA, 6);
		check("private file", file_private + AREA, AREA, 7);
		check("heap", heap, AREA, 8);
		for (int page = 0; has_guards && page < 8; page++)
			if (is_there(guarded + page * PAGE) != (page < 2 || page > 4))
				fail("guard regions differ at page %d", page);
		for (size_t at = 0; droppable != MAP_FAILED && at < AREA / 8; at++)
			if (((uint64_t *)droppable)[at] != 0 && ((uint64_t *)droppable)[at] != word_at(10, at))
				fail("droppable memory differs at %zu", at);
		check("wiped on fork", wiped, AREA, 11);
		check("behind guards", guarded, PAGE, 9);
		if (round % 16 == 0) {
			mprotect(none, AREA, PROT_READ);
			check("inaccessible", none, AREA, 4);
			mprotect(none, AREA, PROT_NONE);
		}
		for (int i = 0; i < 4; i++) {
			uint64_t ticks = __atomic_load_n(&thread_ticks[i], __ATOMIC_RELAXED);

			slowest = ticks < slowest ? ticks : slowest;
		}
		status_write(slowest, "");
		sleep_ms(5);
	}
}
