/* SPDX-License-Identifier: Apache-2.0
 *
 * rewriter DIR MIB MIB_PER_SECOND
 *
 * Writes to its memory all the time, and knows what must be in it. One thread rewrites pages, and has the
 * version of each elsewhere; one maps, moves, drops and unmaps; one reads a file past the page cache. Each
 * looks at all that it has written, again and again: a tick is a look of the first, and work of the others.
 */
#include "common.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096
#define WORDS (PAGE / 8)
#define BLOCK (64 * 1024)
#define SLOTS 128
#define AREA (4L << 20)

static _Atomic uint64_t churns, reads;
static const char *dir;

static uint64_t word(uint64_t page, uint64_t version, int i)
{
	return (page * 0x9e3779b97f4a7c15ULL + version) * 0xbf58476d1ce4e5b9ULL + i;
}

static void write_page(uint64_t *at, uint64_t page, uint64_t version)
{
	for (int i = 0; i < WORDS; i++)
		at[i] = word(page, version, i);
}

static void look_at_page(const uint64_t *at, uint64_t page, uint64_t version)
{
	for (int i = 0; i < WORDS; i++)
		if (at[i] != word(page, version, i))
			fail("word %d of page %llu differs", i, (unsigned long long)page);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void *map(size_t bytes)
{
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

/* Maps, moves, shares with a child, drops, unmaps. */
static void *churn(void *unused)
{
	uint64_t *kept = map(AREA), *other = map(AREA);

	for (uint64_t version = 1;; version++) {
		for (long page = 0; page < AREA / PAGE; page++)
			write_page(kept + page * WORDS, page, version);
		uint64_t *grown = mremap(kept, AREA, 2 * AREA, MREMAP_MAYMOVE);

		if (grown == MAP_FAILED)
			die("mremap");
		/* Onto what was something else: the same addresses have other memory then. */
		if (mremap(grown, AREA, AREA, MREMAP_MAYMOVE | MREMAP_FIXED, other) != other)
			die("mremap");
		for (long page = 0; page < AREA / PAGE; page++)
			look_at_page(other + page * WORDS, page, version);
		madvise(other, AREA / 2, MADV_DONTNEED);
		for (long i = 0; i < AREA / 2 / 8; i++)
			if (other[i])
				fail("word %ld that was dropped is there", i);
		for (long page = AREA / PAGE / 2; page < AREA / PAGE; page++)
			look_at_page(other + page * WORDS, page, version);
		munmap(grown + AREA / 8, AREA);
		if (version % 64 == 0) {
			int pid = fork();

			if (!pid)
				_exit(0);
			other[AREA / 8 - 1] = 0;
			waitpid(pid, NULL, 0);
		}
		kept = map(AREA);
		churns++;
		usleep(1000);
	}
	return unused;
}

static void *read_blocks(void *unused)
{
	int fd = open_in(dir, "blocks", O_RDONLY | O_DIRECT);
	uint64_t state = 88172645463325252ULL, versions[SLOTS] = { 0 };
	uint64_t *slots = map(SLOTS * BLOCK);

	for (;;) {
		uint64_t block = next_random(&state) % SLOTS, slot = next_random(&state) % SLOTS;

		if (pread(fd, slots + slot * (BLOCK / 8), BLOCK, block * BLOCK) != BLOCK)
			die("pread");
		versions[slot] = block + 1;
		for (int i = 0; i < SLOTS; i++)
			if (versions[i] && (slots[i * (BLOCK / 8)] != versions[i] - 1 ||
					    slots[(i + 1) * (BLOCK / 8) - 1] != versions[i] - 1))
				fail("what was read into slot %d differs", i);
		reads++;
	}
	return unused;
}

static void make_blocks(void)
{
	static uint64_t block[BLOCK / 8];
	int fd = open_in(dir, "blocks", O_RDWR);

	for (uint64_t b = 0; b < SLOTS; b++) {
		for (int i = 0; i < BLOCK / 8; i++)
			block[i] = b;
		if (write(fd, block, BLOCK) != BLOCK)
			die("blocks");
	}
	fsync(fd);
	close(fd);
}

int main(int argc, char **argv)
{
	const long pages_per_mib = (1L << 20) / PAGE;
	uint64_t state = 362436069362436069ULL, tick = 0;
	pthread_t thread;

	if (argc != 4)
		return 2;
	dir = argv[1];
	status_open(dir);
	make_blocks();
	long pages = atol(argv[2]) * pages_per_mib, at_a_time = atol(argv[3]) * pages_per_mib / 100;
	uint64_t *area = map(pages * PAGE), *versions = map(pages * 8);

	for (long page = 0; page < pages; page++)
		write_page(area + page * WORDS, page, 0);
	if (pthread_create(&thread, NULL, churn, NULL) || pthread_create(&thread, NULL, read_blocks, NULL))
		die("pthread_create");
	for (;;) {
		uint64_t churned = churns, read = reads;

		for (long i = 0; i < pages; i++) {
			uint64_t page = next_random(&state) % pages;

			write_page(area + page * WORDS, page, ++versions[page]);
			look_at_page(area + i * WORDS, i, versions[i]);
			if (i % at_a_time == 0)
				sleep_ms(10);
		}
		while (churns == churned || reads == read)
			sleep_ms(1);
		status_write(++tick, "");
	}
}
