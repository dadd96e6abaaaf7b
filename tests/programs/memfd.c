/* SPDX-License-Identifier: Apache-2.0
 *
 * memfd DIR: memory with a descriptor. One memfd is sealed and not a whole number of pages, one is
 * shared with a child through mappings and has a hole, one is sealed against new writers while it is
 * mapped for writing, one is open thrice in different ways, one is only mapped.
 */
#include "common.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define PAGE 4096
#define SHARED_BYTES (64 * PAGE)
#define HOLE (32 * PAGE)
#define SEALED_BYTES 5000

struct counters {
	volatile uint64_t parent;
	volatile uint64_t child;
};

static int sealed;
static int reader;
static int shared;
static int future;
static int plain;
static int again;
static int appending;

static int make(const char *name, unsigned int flags, size_t bytes)
{
	static char content[SHARED_BYTES];
	int fd = memfd_create(name, flags);

	if (fd < 0)
		die("memfd_create");
	fill(content, bytes & ~7UL, bytes);
	if (write(fd, content, bytes) != (ssize_t)bytes)
		die("write");
	return fd;
}

static int reopen(int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, flags);
	if (fd < 0)
		die(path);
	return fd;
}

static char *map(int fd, int protection, int flags, size_t bytes)
{
	char *area = mmap(NULL, bytes, protection, flags, fd, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

static void describe(const char *name, int fd, char *out, size_t bytes)
{
	char path[64];
	char link[256] = "";
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) || readlink(path, link, sizeof(link) - 1) < 0)
		die(path);
	snprintf(out + strlen(out), bytes - strlen(out), "%s=%s size %ld mode %o seals %x flags %o at %ld\n", name, link,
		 (long)st.st_size, st.st_mode, fcntl(fd, F_GET_SEALS), fcntl(fd, F_GETFL), (long)lseek(fd, 0, SEEK_CUR));
}

static void check(const char *name, const char *area, size_t from, size_t bytes, uint64_t seed)
{
	const uint64_t *words = (const uint64_t *)area;

	for (size_t i = from / 8; i < (from + bytes) / 8; i++)
		if (words[i] != word_at(seed, i)) {
			fail("%s differs at %zu", name, i * 8);
			return;
		}
}

static void check_hole(const char *area)
{
	for (size_t i = HOLE; i < HOLE + 4 * PAGE; i++)
		if (area[i]) {
			fail("the hole is filled at %zu", i);
			return;
		}
}

static void __attribute__((noreturn)) count(struct counters *counters)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		counters->child++;
		sleep_ms(5);
	}
}

int main(int argc, char **argv)
{
	struct counters *counters;
	char *memory;
	char *own;
	char *written;
	char *only_mapped;
	int fd;

	if (argc < 2)
		return 1;
	status_open(argv[1]);
	sealed = make("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC, SEALED_BYTES);
	if (fchmod(sealed, 0640) || fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL))
		die("F_ADD_SEALS");
	reader = reopen(sealed, O_RDONLY);
	lseek(reader, 100, SEEK_SET);

	shared = make("shared", MFD_CLOEXEC, SHARED_BYTES);
	if (fallocate(shared, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, HOLE, 4 * PAGE))
		die("fallocate");
	memory = map(shared, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_BYTES);
	counters = (struct counters *)memory;
	counters->parent = counters->child = 0;
	own = map(shared, PROT_READ | PROT_WRITE, MAP_PRIVATE, SHARED_BYTES);
	fill(own + PAGE, PAGE, 1);

	future = make("future", MFD_ALLOW_SEALING, PAGE);
	written = map(future, PROT_READ | PROT_WRITE, MAP_SHARED, PAGE);
	if (fcntl(future, F_ADD_SEALS, 0x10 /* F_SEAL_FUTURE_WRITE */))
		die("F_SEAL_FUTURE_WRITE");

	plain = make("plain", 0, PAGE);
	lseek(plain, 7, SEEK_SET);
	again = dup(plain);
	appending = reopen(plain, O_WRONLY | O_APPEND | O_NONBLOCK);

	fd = make("only mapped", 0, 3 * PAGE);
	only_mapped = map(fd, PROT_READ, MAP_SHARED, 3 * PAGE);
	close(fd);

	fd = fork();
	if (fd < 0)
		die("fork");
	if (!fd)
		count(counters);
	for (uint64_t tick = 0;; tick++) {
		char lines[2048] = "";
		uint64_t before = counters->child;
		uint64_t last = tick;

		counters->parent = tick;
		if (pread(shared, &last, sizeof(last), 0) != sizeof(last) || last != tick)
			fail("the mapping and the file are two");
		for (int i = 0; counters->child == before && i < 400; i++)
			sleep_ms(5);
		if (counters->child == before)
			fail("the child's counter stands");
		check("shared", memory, PAGE, HOLE - PAGE, SHARED_BYTES);
		check_hole(memory);
		check("shared", memory, HOLE + 4 * PAGE, SHARED_BYTES - HOLE - 4 * PAGE, SHARED_BYTES);
		if (first_difference(own + PAGE, PAGE, 1) >= 0)
			fail("the private page differs");
		check("private", own, 2 * PAGE, HOLE - 2 * PAGE, SHARED_BYTES);
		check("only mapped", only_mapped, 0, 3 * PAGE, 3 * PAGE);
		written[PAGE - 1] = (char)tick;
		check("future", written, 0, PAGE - 8, PAGE);
		if (mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, future, 0) != MAP_FAILED)
			fail("a new mapping can be written to");
		if (pwrite(sealed, "x", 1, 0) != -1 || errno != EPERM)
			fail("the sealed memfd can be written to");
		describe("sealed", sealed, lines, sizeof(lines));
		describe("reader", reader, lines, sizeof(lines));
		describe("shared", shared, lines, sizeof(lines));
		describe("future", future, lines, sizeof(lines));
		describe("plain", plain, lines, sizeof(lines));
		describe("again", again, lines, sizeof(lines));
		describe("appending", appending, lines, sizeof(lines));
		status_write(tick, lines);
	}
}
