/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks one syscall program. Position independent, no libc, no static data:
 * it is mapped at any address into a task that has nothing else.
 */
#include "blob.h"
#include "arch.h"

#define IOV_MAX 1024
#define MAX_ERRNO 4095
#define EINTR 4
#define EPROTO 71
#define NLMSG_ERROR 2
#define PAGE_BYTES 4096

struct iovec {
	char *base;
	uint64_t len;
};

static int is_error(int64_t result)
{
	return (uint64_t)result >= (uint64_t)-MAX_ERRNO;
}

static void __attribute__((noreturn)) leave(int status)
{
	for (;;)
		arch_syscall(NR_exit, status, 0, 0, 0, 0, 0);
}

static void wake(uint32_t *word)
{
	arch_syscall(NR_futex, (uint64_t)word, FUTEX_WAKE, 0x7fffffff, 0, 0, 0);
}

static int64_t wait_for(struct control *control, uint32_t *word, uint32_t least)
{
	for (;;) {
		uint32_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if (__atomic_load_n(&control->abort, __ATOMIC_ACQUIRE))
			leave(1);
		if (seen >= least)
			return 0;
		arch_syscall(NR_futex, (uint64_t)word, FUTEX_WAIT, seen, 0, 0, 0);
	}
}

/* A short read is taken up where it stopped; the iovecs are used up on the way. */
static int64_t read_all(int fd, struct iovec *iov, uint64_t count, uint64_t offset)
{
	uint64_t total = 0;

	while (count) {
		uint64_t batch = count < IOV_MAX ? count : IOV_MAX;
		int64_t got = arch_syscall(NR_preadv, fd, (uint64_t)iov, batch, offset + total, 0, 0);

		if (got == -EINTR)
			continue;
		if (is_error(got))
			return got;
		if (got == 0)
			return total;
		total += got;
		while (count && (uint64_t)got >= iov->len) {
			got -= iov->len;
			iov++;
			count--;
		}
		if (got) {
			iov->base += got;
			iov->len -= got;
		}
	}
	return total;
}

/* A page that is only read stays shared: with the task it was inherited from, or with the file. */
static int64_t write_if_different(uint64_t *page, const uint64_t *content, int memory)
{
	if (arch_same_page(page, content))
		return 0;
	if (memory >= 0)
		return arch_syscall(NR_pwrite64, memory, (uint64_t)content, PAGE_BYTES, (uint64_t)page, 0, 0);
	for (uint64_t at = 0; at < PAGE_BYTES / sizeof(*page); at++)
		page[at] = content[at];
	return 0;
}

/* The file's bytes are in one piece, their places are not. */
static int64_t read_differing(int fd, struct iovec *iov, uint64_t offset, char *room, uint64_t left, int memory)
{
	uint64_t total = 0;

	while (left) {
		uint64_t batch = left < ROOM_BYTES ? left : ROOM_BYTES;
		struct iovec piece = { room, batch };
		int64_t got = read_all(fd, &piece, 1, offset + total);

		if (is_error(got))
			return got;
		total += got;
		if ((uint64_t)got != batch)
			return total;
		for (uint64_t at = 0; at < batch; at += PAGE_BYTES) {
			int64_t error;

			while (!iov->len)
				iov++;
			error = write_if_different((uint64_t *)iov->base, (const uint64_t *)(room + at), memory);
			if (is_error(error))
				return error;
			iov->base += PAGE_BYTES;
			iov->len -= PAGE_BYTES;
		}
		left -= batch;
	}
	return total;
}

/* Three words are the arguments of one call. */
static int64_t call_each(uint32_t nr, const uint64_t *row, uint64_t count)
{
	int64_t result = 0;

	for (; count && !is_error(result); count--, row += 3)
		result = arch_syscall(nr, row[0], row[1], row[2], 0, 0, 0);
	return result;
}

/* The kernel has answered when sendto returns: netlink(7) is a call of its own context. */
static int64_t request(int fd, const char *message, uint64_t length, char *answer, int64_t passed)
{
	int64_t result = arch_syscall(NR_sendto, fd, (uint64_t)message, length, 0, 0, 0);

	if (!is_error(result))
		result = arch_syscall(NR_recvfrom, fd, (uint64_t)answer, ANSWER_BYTES, 0, 0, 0);
	if (is_error(result))
		return result;
	if (*(uint16_t *)(answer + 4) != NLMSG_ERROR)
		return -EPROTO;
	result = *(int32_t *)(answer + 16);
	return result == -passed ? 0 : result;
}

static int64_t execute(struct program *program, struct op *op, const uint64_t *a)
{
	switch (op->code) {
	case OP_CALL:
		return arch_syscall(op->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	case OP_SPAWN:
		return arch_spawn(a[0], a[1], a[2]);
	case OP_WAIT:
		return wait_for(program->control, (uint32_t *)a[0], a[1]);
	case OP_ARRIVE:
		__atomic_add_fetch((uint32_t *)a[0], 1, __ATOMIC_ACQ_REL);
		wake((uint32_t *)a[0]);
		return 0;
	case OP_READ:
		return read_all(a[0], (struct iovec *)a[1], a[2], a[3]);
	case OP_READ_DIFFERING:
		return read_differing(a[0], (struct iovec *)a[1], a[2], (char *)a[3], a[4], a[5]);
	case OP_EACH:
		return call_each(op->nr, (const uint64_t *)a[0], a[1]);
	case OP_REQUEST:
		return request(a[0], (const char *)a[1], a[2], (char *)a[3], a[4]);
	case OP_TRAP:
		arch_trap();
		return 0;
	case OP_EXIT:
		leave(a[0]);
	case OP_REPEAT:
		if (a[1] >= a[2])
			return a[1];
		program->pc = a[0] - 1;
		return a[2];
	case OP_SKIP:
		if (is_error(a[0]) != !!a[1])
			program->pc += a[2];
		return 0;
	}
	return -38; /* ENOSYS: Java and this file disagree */
}

static int as_expected(const struct op *op)
{
	switch (op->expect) {
	case EXPECT_ANY:
		return 1;
	case EXPECT_OK:
		return !is_error(op->result);
	default:
		return op->result == op->expected;
	}
}

void __attribute__((noreturn, used)) run(struct program *program)
{
	for (; program->pc < program->count; program->pc++) {
		struct op *op = &program->ops[program->pc];
		uint64_t args[6];

		for (int i = 0; i < 6; i++)
			args[i] = op->indirect & (1u << i) ? *(volatile uint64_t *)op->args[i] : op->args[i];
		op->result = execute(program, op, args);
		if (!as_expected(op)) {
			program->failed = 1;
			__atomic_store_n(&program->control->abort, 1, __ATOMIC_RELEASE);
			arch_trap();
			leave(1);
		}
	}
	for (;;)
		arch_trap();
}

/* For the JVM, to which each call of its own costs more than the kernel needs. */
void __attribute__((used)) ask(uint64_t first, const struct question *question, uint64_t count)
{
	for (; count; count--, question++) {
		const uint64_t *a = question->args;

		*question->result = arch_syscall(question->nr, first, a[0], a[1], a[2], a[3], 0);
	}
}
