/* SPDX-License-Identifier: Apache-2.0
 *
 * sysv DIR [more|host|undo|huge|forgotten|stranger]: System V IPC in a namespace of its own, used by a task and its
 * child; with "host" where it is started, with "undo" with an operation that its end would undo. What only Torpor carries comes with "more", what nobody does with
 * the others. Contents are looked at each tick, so that what is damaged is an error.
 */
#include "common.h"
#include <sched.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>

#define PAGE 4096
#define BIG_BYTES (9 * PAGE + 100)
#define SPARSE_BYTES (8 << 20)
#define MESSAGE_BYTES 8192
#define SEEDS 100

enum { PLAIN, PRIVATE, ALONE, SPARSE, SEGMENTS };

static int segments[SEGMENTS];
static int sets[2];
static int queue, doomed = -1, locked = -1, parted = -1;
static char *big, *big_again, *ticks, *sparse, *doomed_at, *parts;
static bool more, forgotten;

static int checked(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static char *attach(int id, int flags)
{
	char *at = shmat(id, NULL, flags);

	if (at == (void *)-1)
		die("shmat");
	return at;
}

static int segment(key_t key, size_t bytes, int mode)
{
	return checked(shmget(key, bytes, mode | IPC_CREAT | IPC_EXCL), "shmget");
}

static void own_segment(int id, uid_t uid, gid_t gid)
{
	struct shmid_ds ds;

	checked(shmctl(id, IPC_STAT, &ds), "IPC_STAT");
	ds.shm_perm.uid = uid;
	ds.shm_perm.gid = gid;
	checked(shmctl(id, IPC_SET, &ds), "IPC_SET");
}

static void make_segments(void)
{
	char *alone;

	/* Numbers that are not just 0, 1, 2. */
	checked(shmctl(segment(IPC_PRIVATE, PAGE, 0600), IPC_RMID, NULL), "IPC_RMID");
	segments[PLAIN] = segment(0x12345, BIG_BYTES, 0640);
	segments[PRIVATE] = segment(IPC_PRIVATE, 2 * PAGE, 0600);
	segments[ALONE] = segment(0x7fffffff, PAGE + 1, 0444);
	segments[SPARSE] = segment((key_t)0x80000001, SPARSE_BYTES, 0600);
	own_segment(segments[PLAIN], 1000, 1001);
	big = attach(segments[PLAIN], 0);
	fill(big, BIG_BYTES, SEEDS);
	big_again = attach(segments[PLAIN], SHM_RDONLY);
	ticks = attach(segments[PRIVATE], 0);
	alone = attach(segments[ALONE], 0);
	fill(alone, PAGE + 1, SEEDS + 1);
	checked(shmdt(alone), "shmdt");
	sparse = attach(segments[SPARSE], 0);
	fill(sparse + 5 * PAGE, 3 * PAGE, SEEDS + 2);
	fill(sparse + SPARSE_BYTES - PAGE, PAGE, SEEDS + 3);
	checked(mprotect(sparse + PAGE, 2 * PAGE, PROT_READ), "mprotect");
	checked(mprotect(sparse + 4 * PAGE, PAGE, PROT_NONE), "mprotect");
}

static void make_sets(void)
{
	unsigned short values[] = { 0, 1, 32767, 5, 77 };
	struct sembuf up = { 0, 1, 0 }, down = { 0, -1, 0 };
	struct semid_ds ds;

	checked(semctl(checked(semget(IPC_PRIVATE, 1, 0600), "semget"), 0, IPC_RMID), "IPC_RMID");
	sets[0] = checked(semget(0x777, 5, 0660 | IPC_CREAT | IPC_EXCL), "semget");
	sets[1] = checked(semget(IPC_PRIVATE, 1, 0600), "semget");
	checked(semctl(sets[0], 0, SETALL, values), "SETALL");
	checked(semctl(sets[0], 0, IPC_STAT, &ds), "IPC_STAT");
	ds.sem_perm.uid = 1002;
	ds.sem_perm.mode = 0620;
	checked(semctl(sets[0], 0, IPC_SET, &ds), "IPC_SET");
	checked(semop(sets[0], &up, 1) | semop(sets[0], &down, 1), "semop");
}

static void send_message(long type, size_t bytes)
{
	static struct {
		long type;
		char text[MESSAGE_BYTES];
	} message;

	message.type = type;
	fill(message.text, bytes, SEEDS + bytes);
	checked(msgsnd(queue, &message, bytes, IPC_NOWAIT), "msgsnd");
}

static void make_queue(void)
{
	struct msqid_ds ds;

	checked(msgctl(checked(msgget(IPC_PRIVATE, 0600), "msgget"), IPC_RMID, NULL), "IPC_RMID");
	queue = checked(msgget(0x4242, 0600 | IPC_CREAT | IPC_EXCL), "msgget");
	checked(msgctl(queue, IPC_STAT, &ds), "IPC_STAT");
	if (more)
		ds.msg_qbytes = 12000;
	ds.msg_perm.gid = 1003;
	checked(msgctl(queue, IPC_SET, &ds), "IPC_SET");
	send_message(7, 24);
	send_message(3, 0);
	send_message(7, MESSAGE_BYTES);
	send_message(0x123456789abcLL, 13);
}

/* What CRIU loses, or refuses. */
static void make_more(void)
{
	checked(setresuid(-1, 1234, -1), "setresuid");
	locked = segment(0x999, PAGE, 0600);
	checked(setresuid(-1, 0, -1), "setresuid");
	checked(shmctl(locked, SHM_LOCK, NULL), "SHM_LOCK");
	doomed = segment(IPC_PRIVATE, PAGE, 0600);
	doomed_at = attach(doomed, 0);
	fill(doomed_at, PAGE, SEEDS + 4);
	checked(shmctl(doomed, IPC_RMID, NULL), "IPC_RMID");
	parted = segment(IPC_PRIVATE, 6 * PAGE, 0600);
	parts = attach(parted, 0);
	fill(parts, 6 * PAGE, SEEDS + 5);
	checked(munmap(parts + PAGE, 2 * PAGE), "munmap");
	checked(munmap(parts + 5 * PAGE, PAGE), "munmap");
}

/* What is refused. */
static void make_refused(const char *kind)
{
	if (!strcmp(kind, "huge")) {
		attach(segment(IPC_PRIVATE, 2 << 20, 0600 | SHM_HUGETLB | SHM_NORESERVE), 0);
	} else if (!strcmp(kind, "forgotten")) {
		FILE *forced = fopen("/proc/sys/kernel/shm_rmid_forced", "w");

		if (!forced || fputs("1", forced) < 0 || fclose(forced))
			die("shm_rmid_forced");
		forgotten = true;
	} else if (!strcmp(kind, "stranger")) {
		checked(unshare(CLONE_NEWIPC), "unshare");
		make_segments();
		make_sets();
		make_queue();
	} else if (!strcmp(kind, "undo")) {
		struct sembuf up = { 1, 1, SEM_UNDO };

		checked(semop(sets[0], &up, 1), "semop");
	} else if (strcmp(kind, "host")) {
		die(kind);
	}
}

static int permissions(char *to, const char *name, int id, const struct ipc_perm *perm)
{
	int mode = more ? perm->mode : perm->mode & 0777;
	uid_t cuid = more ? perm->cuid : 0;

	return sprintf(to, "%s%d=%x,%u,%u,%u,%o", name, id, perm->__key, perm->uid, perm->gid, cuid, mode);
}

static int tell_segment(char *to, int id)
{
	struct shmid_ds ds;
	int length;

	checked(shmctl(id, IPC_STAT, &ds), "IPC_STAT");
	length = permissions(to, "shm", id, &ds.shm_perm);
	return length + sprintf(to + length, ",%zu,%lu\n", ds.shm_segsz, (unsigned long)ds.shm_nattch);
}

static int tell_set(char *to, int id, int count)
{
	unsigned short values[5];
	struct semid_ds ds;
	int length;

	checked(semctl(id, 0, IPC_STAT, &ds), "IPC_STAT");
	checked(semctl(id, 0, GETALL, values), "GETALL");
	length = permissions(to, "sem", id, &ds.sem_perm);
	length += sprintf(to + length, ",%d", more && ds.sem_otime != 0);
	for (int i = 0; i < count; i++)
		length += sprintf(to + length, ",%d", values[i]);
	return length + sprintf(to + length, "\n");
}

static int tell_queue(char *to)
{
	static struct {
		long type;
		char text[MESSAGE_BYTES];
	} message;
	struct msqid_ds ds;
	int length;

	checked(msgctl(queue, IPC_STAT, &ds), "IPC_STAT");
	length = permissions(to, "msg", queue, &ds.msg_perm);
	length += sprintf(to + length, ",%lu", (unsigned long)ds.msg_qbytes);
	for (unsigned long i = 0; i < ds.msg_qnum; i++) {
		ssize_t bytes = msgrcv(queue, &message, MESSAGE_BYTES, i, MSG_COPY | IPC_NOWAIT);

		if (bytes < 0 || first_difference(message.text, bytes, SEEDS + bytes) >= 0)
			fail("message %lu of %zd bytes", i, bytes);
		length += sprintf(to + length, ",%lx:%zd", message.type, bytes);
	}
	return length + sprintf(to + length, "\n");
}

static void look(const char *what, const char *at, size_t bytes, int seed)
{
	ssize_t offset = first_difference(at, bytes, SEEDS + seed);

	if (offset >= 0)
		fail("%s differs at %zd", what, offset);
}

static void look_at_all(void)
{
	look("segment", big, BIG_BYTES, 0);
	look("read-only segment", big_again, BIG_BYTES, 0);
	look("sparse segment", sparse + 5 * PAGE, 3 * PAGE, 2);
	look("end of the sparse segment", sparse + SPARSE_BYTES - PAGE, PAGE, 3);
	if (first_difference(sparse + PAGE, PAGE, SEEDS) != 0 || sparse[3 * PAGE])
		fail("something where nothing was");
	if (more) {
		look("removed segment", doomed_at, PAGE, 4);
		look("part", parts, PAGE, 5);
		if (*(uint64_t *)(parts + 3 * PAGE) != word_at(SEEDS + 5, 3 * PAGE / 8))
			fail("second part differs");
	}
}

static void tell(uint64_t tick)
{
	static int forever;
	char lines[STATUS_BYTES - 512];
	int length = 0;

	if (!forgotten) {
		char *alone = attach(segments[ALONE], SHM_RDONLY);

		look("segment that nobody has attached", alone, PAGE + 1, 1);
		checked(shmdt(alone), "shmdt");
	}
	look_at_all();
	for (int i = 0; i < SEGMENTS; i++)
		length += tell_segment(lines + length, segments[i]);
	if (more) {
		length += tell_segment(lines + length, locked);
		length += tell_segment(lines + length, doomed);
		length += tell_segment(lines + length, parted);
	}
	length += tell_set(lines + length, sets[0], 5);
	length += tell_set(lines + length, sets[1], 1);
	length += tell_queue(lines + length);
	/* Of the child, which must still share the memory. */
	if (((volatile uint64_t *)ticks)[0] <= ((volatile uint64_t *)ticks)[1] && tick > 10)
		forever++;
	else
		forever = 0;
	((volatile uint64_t *)ticks)[1] = ((volatile uint64_t *)ticks)[0];
	if (forever > 200)
		fail("the child's memory is another");
	status_write(tick, lines);
}

static void __attribute__((noreturn)) count(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		((volatile uint64_t *)ticks)[0]++;
		sleep_ms(1);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	more = argc > 2 && !strcmp(argv[2], "more");
	status_open(argv[1]);
	if (argc < 3 || strcmp(argv[2], "host"))
		checked(unshare(CLONE_NEWIPC), "unshare");
	make_segments();
	make_sets();
	make_queue();
	if (more)
		make_more();
	else if (argc > 2)
		make_refused(argv[2]);
	if (checked(fork(), "fork") == 0)
		count();
	for (uint64_t tick = 1;; tick++) {
		tell(tick);
		sleep_ms(10);
	}
}
