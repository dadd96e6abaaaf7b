/* SPDX-License-Identifier: Apache-2.0
 *
 * prefork DIR MIB: a parent with MIB of data, and children that use it as children do: left alone, written to,
 * given back, protected, moved, grown; one has a child of its own, and the parent writes too after their birth.
 * Each checks what it sees at every tick.
 */
#include "common.h"
#include <sys/mman.h>

#define PAGE 4096UL
#define SMALL (64 * PAGE)
#define CHILDREN 6

struct report {
	uint64_t ticks;
	char error[STATUS_ERROR_BYTES];
};

static struct report *reports;
static char *data, *file_private, *heap, *moved;
static size_t bytes;

/* What differs from the parent's data: pages first to last - 1 have another content, or none. */
static struct range {
	size_t first, last;
	uint64_t seed;
} written, dropped;

static void check(const char *name, const char *area, size_t count, uint64_t seed)
{
	ssize_t at = first_difference(area, count, seed);

	if (at >= 0)
		fail("%s differs at offset %zd in %d", name, at, (int)getpid());
}

static void check_data(size_t end)
{
	for (size_t page = 0; page < end; page++) {
		const uint64_t *words = (const uint64_t *)(data + page * PAGE);
		uint64_t want = word_at(1, page * PAGE / 8 + 7);

		if (page >= written.first && page < written.last)
			want = written.seed;
		if (page >= dropped.first && page < dropped.last)
			want = 0;
		if (words[7] != want)
			fail("data page %zu differs in %d", page, (int)getpid());
	}
}

static void write_pages(size_t first, size_t last, uint64_t seed)
{
	written = (struct range){ first, last, seed };
	for (size_t page = first; page < last; page++)
		((uint64_t *)(data + page * PAGE))[7] = seed;
}

static void live(int index, size_t end)
{
	for (;;) {
		check_data(end);
		check("private file", file_private + SMALL, SMALL, 3);
		check("heap", heap, SMALL, 4);
		if (moved)
			check("moved", moved, SMALL, 5);
		if (status_error[0])
			snprintf(reports[index].error, sizeof(reports[index].error), "%s", status_error);
		reports[index].ticks++;
		sleep_ms(5);
	}
}

static void grow_heap(void)
{
	for (int i = 0; i < 40; i++)
		fill(malloc(SMALL / 2), SMALL / 2, 9);
}

/* Child number index, of 1 to CHILDREN. */
static void be_child(int index)
{
	size_t pages = bytes / PAGE, end = pages;

	switch (index) {
	case 1:
		break;
	case 2:
		write_pages(pages / 4, pages / 4 + pages / 64, 0x2222);
		break;
	case 3:
		dropped = (struct range){ pages / 2, pages / 2 + 16, 0 };
		madvise(data + pages / 2 * PAGE, 16 * PAGE, MADV_DONTNEED);
		end = pages - 8;
		munmap(data + end * PAGE, 8 * PAGE);
		break;
	case 4:
		moved = mremap(moved, SMALL, SMALL, MREMAP_MAYMOVE | MREMAP_FIXED, moved + 4 * SMALL);
		mprotect(data + 8 * PAGE, 8 * PAGE, PROT_READ);
		grow_heap();
		break;
	case 5:
		write_pages(0, 4, 0x5555);
		if (fork() == 0) {
			write_pages(0, 8, 0x6666);
			live(6, pages);
		}
		break;
	}
	live(index, end);
}

static void *map(size_t count, int fd)
{
	void *area = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

int main(int argc, char **argv)
{
	int file = open_in(argv[1], "mapped", O_RDWR);

	bytes = (argc > 2 ? atol(argv[2]) : 1) << 20;
	status_open(argv[1]);
	if (ftruncate(file, 2 * SMALL))
		die("ftruncate");
	reports = mmap(NULL, sizeof(*reports) * (CHILDREN + 1), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	data = map(bytes, -1);
	file_private = map(2 * SMALL, file);
	moved = map(8 * SMALL, -1);
	munmap(moved + SMALL, 7 * SMALL);
	heap = sbrk(SMALL);
	fill(data, bytes, 1);
	fill(file_private + SMALL, SMALL, 3);
	fill(heap, SMALL, 4);
	fill(moved, SMALL, 5);
	for (int i = 1; i < CHILDREN; i++)
		if (fork() == 0)
			be_child(i);
	write_pages(32, 40, 0x1111);
	for (;;) {
		uint64_t slowest = reports[0].ticks + 1;

		check_data(bytes / PAGE);
		check("private file", file_private + SMALL, SMALL, 3);
		reports[0].ticks++;
		for (int i = 1; i <= CHILDREN; i++) {
			slowest = reports[i].ticks < slowest ? reports[i].ticks : slowest;
			if (reports[i].error[0])
				fail("%s", reports[i].error);
		}
		status_write(slowest, "");
		sleep_ms(5);
	}
}
