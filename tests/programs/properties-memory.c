/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-memory: mappings of each kind, and what is said of each.
 */
#include "properties.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>

#define PAGES 8
#define PAGE 4096UL

/* Of one mapping, as smaps has it. */
struct mapping {
	const char *name;
	int protection, flags, advice;
	void *at;
	int (*change)(struct mapping *);
};

static int map(const void *of)
{
	struct mapping *mapping = (struct mapping *)of;

	/* Apart from its neighbours, which it would be joined with: they would have a flag in common that says of
	   guard regions that there may be some. */
	char *apart = mapping->flags & MAP_HUGETLB ? NULL : mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mapping->at = mmap(apart ? apart + PAGE : NULL, PAGES * PAGE, mapping->protection,
			   mapping->flags | (apart ? MAP_FIXED : 0), -1, 0);
	if (mapping->at == MAP_FAILED)
		return -1;
	if (mapping->protection & PROT_WRITE && !(mapping->flags & MAP_NORESERVE))
		strcpy(mapping->at, "content");
	if (mapping->advice && madvise(mapping->at, PAGES * PAGE, mapping->advice))
		return -1;
	return mapping->change ? mapping->change(mapping) : 0;
}

/* The line of the mapping that has an address, and a line of those below it. */
static int smaps(char *value, const void *at, const char *key)
{
	FILE *in = fopen("/proc/self/smaps", "re");
	char text[1024];
	unsigned long begin, end;
	bool inside = false;
	int found = -1;

	errno = ENODATA;
	while (in && found && fgets(text, sizeof(text), in)) {
		if (sscanf(text, "%lx-%lx ", &begin, &end) == 2) {
			inside = (unsigned long)at >= begin && (unsigned long)at < end;
			if (inside && !key)
				found = say(value, "%.*s %s", 17, strchr(text, ' '), strchr(text, '/') ?: "");
		} else if (inside && key && !strncmp(text, key, strlen(key))) {
			found = say(value, "%.300s", text);
		}
	}
	if (in)
		fclose(in);
	return found;
}

static int get_mapping(char *value, const void *of)
{
	const struct mapping *mapping = of;
	char flags[VALUE_BYTES] = "", line[VALUE_BYTES] = "";

	if (!mapping->at)
		return say(value, "none");
	if (smaps(line, mapping->at, NULL) || smaps(flags, mapping->at, "VmFlags:"))
		return -1;
	/* Whether pages are dirty softly is what a dump asks for. */
	for (char *sd; (sd = strstr(flags, "sd "));)
		memmove(sd, sd + 3, strlen(sd + 3) + 1);
	return say(value, "%.5s %.200s %s", line, flags,
		   mapping->protection & PROT_READ ? (const char *)mapping->at : "");
}

static int get_resident(char *value, const void *of)
{
	const struct mapping *mapping = of;

	return mapping->at ? smaps(value, mapping->at, "Rss:") : say(value, "none");
}

static int lock_on_fault(struct mapping *mapping)
{
	return mlock2(mapping->at, PAGES * PAGE, 1);
}

static int lock_all(struct mapping *mapping)
{
	return mlock(mapping->at, PAGES * PAGE);
}

static int read_only(struct mapping *mapping)
{
	return mprotect(mapping->at, PAGES * PAGE, PROT_READ);
}

static int seal(struct mapping *mapping)
{
	return syscall(462, mapping->at, PAGES * PAGE, 0);
}

static int name(struct mapping *mapping)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, mapping->at, PAGES * PAGE, "some name");
}

static int guard(struct mapping *mapping)
{
	return madvise((char *)mapping->at + 2 * PAGE, PAGE, 102);
}

static int prefer_node(struct mapping *mapping)
{
	unsigned long nodes = 1;

	return syscall(SYS_mbind, mapping->at, PAGES * PAGE, 2, &nodes, 64, 0);
}

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)
#define READ_WRITE (PROT_READ | PROT_WRITE)

static struct mapping mappings[] = {
	{ "private anonymous", READ_WRITE, PRIVATE, 0, NULL, NULL },
	{ "shared anonymous", READ_WRITE, SHARED, 0, NULL, NULL },
	{ "PROT_NONE", PROT_NONE, PRIVATE, 0, NULL, NULL },
	{ "PROT_READ", READ_WRITE, PRIVATE, 0, NULL, read_only },
	{ "PROT_EXEC", READ_WRITE | PROT_EXEC, PRIVATE, 0, NULL, NULL },
	{ "PROT_WRITE alone", PROT_WRITE, PRIVATE, 0, NULL, NULL },
	{ "MAP_NORESERVE", READ_WRITE, PRIVATE | MAP_NORESERVE, 0, NULL, NULL },
	{ "MAP_GROWSDOWN", READ_WRITE, PRIVATE | MAP_GROWSDOWN, 0, NULL, NULL },
	{ "MAP_LOCKED", READ_WRITE, PRIVATE | MAP_LOCKED, 0, NULL, NULL },
	{ "mlock(2)", READ_WRITE, PRIVATE, 0, NULL, lock_all },
	{ "MLOCK_ONFAULT", READ_WRITE, PRIVATE, 0, NULL, lock_on_fault },
	{ "MAP_DROPPABLE", READ_WRITE, 8 | MAP_ANONYMOUS, 0, NULL, NULL },
	{ "MADV_DONTFORK", READ_WRITE, PRIVATE, MADV_DONTFORK, NULL, NULL },
	{ "MADV_WIPEONFORK", READ_WRITE, PRIVATE, MADV_WIPEONFORK, NULL, NULL },
	{ "MADV_DONTDUMP", READ_WRITE, PRIVATE, MADV_DONTDUMP, NULL, NULL },
	{ "MADV_SEQUENTIAL", READ_WRITE, PRIVATE, MADV_SEQUENTIAL, NULL, NULL },
	{ "MADV_RANDOM", READ_WRITE, PRIVATE, MADV_RANDOM, NULL, NULL },
	{ "MADV_MERGEABLE", READ_WRITE, PRIVATE, MADV_MERGEABLE, NULL, NULL },
	{ "MADV_HUGEPAGE", READ_WRITE, PRIVATE, MADV_HUGEPAGE, NULL, NULL },
	{ "MADV_NOHUGEPAGE", READ_WRITE, PRIVATE, MADV_NOHUGEPAGE, NULL, NULL },
	{ "MADV_HUGEPAGE of shared memory", READ_WRITE, SHARED, MADV_HUGEPAGE, NULL, NULL },
	{ "sealed (mseal)", READ_WRITE, PRIVATE, 0, NULL, seal },
	{ "name of anonymous memory", READ_WRITE, PRIVATE, 0, NULL, name },
	{ "name of shared memory", READ_WRITE, SHARED, 0, NULL, name },
	{ "guard region", READ_WRITE, PRIVATE, 0, NULL, guard },
};

static struct mapping policy = { "memory policy of a mapping", READ_WRITE, PRIVATE, 0, NULL, prefer_node };
static struct mapping huge = { "MAP_HUGETLB", READ_WRITE, PRIVATE | MAP_HUGETLB, 0, NULL, NULL };
static struct mapping few = { "resident pages of a mapping locked on fault", READ_WRITE, PRIVATE, 0, NULL, lock_on_fault };

static int get_policy(char *value, const void *of)
{
	int mode = -1;
	unsigned long nodes[16] = { 0 };
	const struct mapping *mapping = of;

	return syscall(SYS_get_mempolicy, &mode, nodes, 1024, mapping ? mapping->at : NULL, mapping ? 2 : 0) ?
		       -1 :
		       say(value, "%d %lx", mode, nodes[0]);
}

static void anonymous(void)
{
	for (size_t i = 0; i < sizeof(mappings) / sizeof(*mappings); i++)
		property(mappings[i].name, map, get_mapping, &mappings[i]);
	property(few.name, map, get_resident, &few);
}

static int set_policy(const void *of)
{
	unsigned long nodes = 1;

	(void)of;
	return syscall(SYS_set_mempolicy, 2, &nodes, 64);
}

static void *mapped_before;

static void map_before(void)
{
	mapped_before = mmap(NULL, PAGES * PAGE, PROT_NONE, PRIVATE, -1, 0);
}

static int lock_future(const void *of)
{
	(void)of;
	return mlockall(MCL_FUTURE);
}

/* Only a new mapping tells. */
static int get_future(char *value, const void *of)
{
	void *at = mmap(NULL, PAGE, READ_WRITE, PRIVATE, -1, 0);
	char flags[VALUE_BYTES] = "";

	(void)of;
	smaps(flags, at, "VmFlags:");
	munmap(at, PAGE);
	return say(value, "%s", strstr(flags, " lo") ? "locked" : "not locked");
}

static int lock_memory(const void *of)
{
	return mlockall(*(const int *)of);
}

/* Of what is there, and of what comes. */
static int get_locked(char *value, const void *of)
{
	char now[VALUE_BYTES] = "", later[VALUE_BYTES] = "";
	void *at = mmap(NULL, PAGE, READ_WRITE, PRIVATE, -1, 0);

	(void)of;
	smaps(now, mapped_before, "VmFlags:");
	smaps(later, at, "VmFlags:");
	munmap(at, PAGE);
	for (char *sd; (sd = strstr(now, "sd "));)
		memmove(sd, sd + 3, strlen(sd + 3) + 1);
	return say(value, "%s; %s", now, later);
}

static void locked_memory(void)
{
	map_before();
	property("MCL_CURRENT and MCL_FUTURE", lock_memory, get_locked, &(const int){ MCL_CURRENT | MCL_FUTURE });
}

static void locked_on_fault(void)
{
	map_before();
	property("MCL_ONFAULT", lock_memory, get_locked, &(const int){ MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT });
}

static void locked_current(void)
{
	map_before();
	property("MCL_CURRENT", lock_memory, get_locked, &(const int){ MCL_CURRENT });
}

static int set_ldt(const void *of)
{
	unsigned entry[4] = { 0, 0x1000, 0xfff, 0x41 };

	(void)of;
	return syscall(SYS_modify_ldt, 1, entry, sizeof(entry));
}

static int get_ldt(char *value, const void *of)
{
	unsigned char table[64] = { 0 };
	int count = syscall(SYS_modify_ldt, 0, table, sizeof(table));

	(void)of;
	return count < 0 ? -1 : say_bytes(value, table, count);
}

static void rare(void)
{
	property(policy.name, map, get_policy, &policy);
	property(huge.name, map, get_mapping, &huge);
	property("memory policy of a task", set_policy, get_policy, NULL);
	property("MCL_FUTURE alone", lock_future, get_future, NULL);
	property("modify_ldt", set_ldt, get_ldt, NULL);
}

/* Rings of io_setup(2). What begins one is struct aio_ring of fs/aio.c. */
static struct ring {
	aio_context_t context;
	int waiting;
} one_ring = { 0, 0 }, ring_with_completions = { 0, 40 }, busy_ring = { 0, 0 };

static int submit(const struct ring *ring, uint64_t data)
{
	static int file = -1;
	static char byte;
	struct iocb operation = { .aio_lio_opcode = IOCB_CMD_PREAD,
				  .aio_buf = (uintptr_t)&byte,
				  .aio_nbytes = 1,
				  .aio_data = data },
		    *operations = &operation;

	if (file < 0)
		file = open("/proc/self/exe", O_RDONLY);
	operation.aio_fildes = file;
	return syscall(SYS_io_submit, ring->context, 1, &operations);
}

static int take(const struct ring *ring, uint64_t *data)
{
	struct timespec now = { 0, 0 };
	struct io_event event = { 0 };
	int count = syscall(SYS_io_getevents, ring->context, 0, 1, &event, &now);

	*data = event.data;
	return count;
}

static int set_up_ring(const void *of)
{
	struct ring *ring = (struct ring *)of;
	uint64_t data;

	if (syscall(SYS_io_setup, 50, &ring->context))
		return -1;
	/* Round it goes, so that places and numbers are not the same. */
	for (int i = 0; i < 200; i++)
		if (submit(ring, i) != 1 || take(ring, &data) != 1)
			return -1;
	for (int i = 0; i < ring->waiting; i++)
		if (submit(ring, 1000 + i) != 1)
			return -1;
	return 0;
}

static int get_ring(char *value, const void *of)
{
	const struct ring *ring = of;
	const unsigned *words = (unsigned *)ring->context;
	uint64_t data = 0;

	if (!ring->context)
		return say(value, "none");
	/* One more behind those that wait, which shows whether the kernel knows where they are. */
	if (submit(ring, 1000) != 1 || take(ring, &data) != 1)
		return -1;
	return say(value, "%u of %u at %lx, next %d", (words[3] - words[2] + words[1]) % words[1], words[1], ring->context,
		   (int)data / 1000);
}

static int get_ready(char *value, const void *of)
{
	const struct ring *ring = of;
	const unsigned *words = (unsigned *)ring->context;

	return ring->context ? say(value, "%u %u %u", words[1], words[2], words[3]) : say(value, "none");
}

static int leave_under_way(const void *of)
{
	struct iocb operation = { .aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = eventfd(0, 0), .aio_buf = POLLIN },
		    *operations = &operation;

	return set_up_ring(of) ?: (int)syscall(SYS_io_submit, ((const struct ring *)of)->context, 1, &operations);
}

static void asynchronous(void)
{
	property("AIO ring", set_up_ring, get_ring, &one_ring);
	property("completions of AIO", set_up_ring, get_ring, &ring_with_completions);
	property("AIO operation under way", leave_under_way, get_ready, &busy_ring);
}

/* Mappings of files. */
struct file_mapping {
	const char *file;
	int flags, open_flags;
	bool remove;
	char *at;
};

static int map_file(const void *of)
{
	struct file_mapping *mapping = (struct file_mapping *)of;
	int fd = open(in_directory(mapping->file), O_RDWR | O_CREAT, 0644);

	if (fd < 0 || write(fd, "of the file", 11) < 0 || ftruncate(fd, PAGES * PAGE))
		return -1;
	close(fd);
	fd = open(in_directory(mapping->file), mapping->open_flags);
	mapping->at = mmap(NULL, PAGES * PAGE, mapping->open_flags == O_RDWR || mapping->flags == MAP_PRIVATE ? READ_WRITE : PROT_READ,
			   mapping->flags, fd, 0);
	close(fd);
	if (mapping->at == MAP_FAILED)
		return -1;
	if (mapping->flags == MAP_PRIVATE)
		strcpy(mapping->at + PAGE, "own");
	if (mapping->remove)
		unlink(in_directory(mapping->file));
	return 0;
}

static int get_file_mapping(char *value, const void *of)
{
	const struct file_mapping *mapping = of;
	char line[VALUE_BYTES] = "";

	if (!mapping->at || smaps(line, mapping->at, NULL))
		return say(value, "none");
	return say(value, "%s %s %s", line, mapping->at, mapping->at + PAGE);
}

static struct file_mapping files[] = {
	{ "shared", MAP_SHARED, O_RDWR, false, NULL },
	{ "shared-read", MAP_SHARED, O_RDONLY, false, NULL },
	{ "private", MAP_PRIVATE, O_RDONLY, false, NULL },
	{ "removed", MAP_SHARED, O_RDWR, true, NULL },
	{ "removed-private", MAP_PRIVATE, O_RDONLY, true, NULL },
};

static int map_memfd(const void *of)
{
	char **at = (char **)of;
	int fd = memfd_create("mapped", 0);

	if (ftruncate(fd, PAGES * PAGE))
		return -1;
	*at = mmap(NULL, PAGES * PAGE, READ_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	strcpy(*at, "of a memfd");
	return 0;
}

static int get_text(char *value, const void *of)
{
	const char *at = *(char *const *)of;

	return say(value, "%s", at ? at : "none");
}

static char *of_memfd, *of_zero, *of_sysv;

static int map_zero(const void *of)
{
	int fd = open("/dev/zero", O_RDWR);

	(void)of;
	of_zero = mmap(NULL, PAGES * PAGE, READ_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	strcpy(of_zero, "of zero");
	return 0;
}

static int attach(const void *of)
{
	int id = shmget(IPC_PRIVATE, PAGES * PAGE, 0600);

	(void)of;
	of_sysv = shmat(id, NULL, 0);
	strcpy(of_sysv, "of System V");
	return shmctl(id, IPC_RMID, NULL);
}

static void of_files(void)
{
	property("shared mapping of a file", map_file, get_file_mapping, &files[0]);
	property("shared mapping that may not write", map_file, get_file_mapping, &files[1]);
	property("private mapping of a file, written", map_file, get_file_mapping, &files[2]);
	property("mapping of a removed file", map_file, get_file_mapping, &files[3]);
	property("private mapping of a removed file", map_file, get_file_mapping, &files[4]);
	property("mapping of a memfd that is closed", map_memfd, get_text, &of_memfd);
	property("mapping of /dev/zero", map_zero, get_text, &of_zero);
	property("removed segment of System V", attach, get_text, &of_sysv);
}

/* The process as a whole. */
static int get_break(char *value, const void *of)
{
	(void)of;
	return say(value, "%p", sbrk(0));
}

static int grow_heap(const void *of)
{
	(void)of;
	return sbrk(12345) == (void *)-1 ? -1 : 0;
}

static const struct line committed = { "/proc/self/status", "VmData:" }, locked = { "/proc/self/status", "VmLck:" },
			 executable = { "/proc/self/status", "VmExe:" }, stack = { "/proc/self/status", "VmStk:" };

static int get_executable(char *value, const void *of)
{
	char target[512] = { 0 };

	return readlink(of, target, sizeof(target) - 1) < 0 ? -1 : say(value, "%s", target);
}

static int get_maps_count(char *value, const void *of)
{
	FILE *in = fopen("/proc/self/maps", "re");
	char text[1024];
	int count = 0;

	(void)of;
	while (in && fgets(text, sizeof(text), in))
		count += !strstr(text, "[v");
	fclose(in);
	return say(value, "%d", count);
}

static void whole(void)
{
	property("break", grow_heap, get_break, NULL);
	property("VmData", NULL, get_line, &committed);
	property("VmLck", NULL, get_line, &locked);
	property("VmExe", NULL, get_line, &executable);
	property("VmStk", NULL, get_line, &stack);
	property("executable", NULL, get_executable, "/proc/self/exe");
	property("number of mappings", NULL, get_maps_count, NULL);
}

static const struct group groups[] = {
	{ "anonymous-memory", anonymous },
	{ "rare-memory", rare },
	{ "asynchronous-io", asynchronous },
	{ "locked-memory", locked_memory },
	{ "memory-locked-on-fault", locked_on_fault },
	{ "memory-locked-now", locked_current },
	{ "mapped-files", of_files },
	{ "address-space", whole },
};

SERVE(groups)
