/* SPDX-License-Identifier: Apache-2.0
 *
 * stacks DIR KIND: a process whose threads stand on stacks of a special kind, checked at each tick.
 *
 *   deep      the main thread is 2 MiB deep in calls, so the mapping begins right below
 *   past      it was once, and looks at what these calls have left
 *   worn      the same, but it does not look
 *   limit     it has used the main stack up to its limit
 *   walled    likewise, and something is mapped right below, so that it cannot grow
 *   moved     the main stack is unmapped; the thread's own is shared memory
 *   small     four threads on stacks of 2 KiB, close together, with alternate stacks, as Go's
 *   least     four threads with the smallest stacks that pthreads allow
 *   handlers  all three threads are in a signal handler on their alternate stack
 *   astray    the main stack is unmapped, and one of two threads has no stack at all
 *   nowhere   the only thread uses its stack pointer for something else
 *
 * A child reports, since it has a stack to do so.
 */
#include "common.h"
#include <immintrin.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PAGE 4096UL
#define THREADS 4
#define SEED 11

/* What the child reads. */
static struct shared {
	uint64_t ticks[THREADS];
	uint64_t damaged;
	uint64_t threads;
} *shared;

/* Bytes that belong to nobody and that no dump may change. */
static const char *watched;
static size_t watched_bytes;

static const struct timespec tick_time = { 0, 1000000 };

static void sleep_tick(void)
{
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(SYS_nanosleep), "D"(&tick_time), "S"(0)
		     : "rcx", "r11", "memory");
}

/* Needs little stack. The vector registers are to be as they were after each tick. */
static void __attribute__((noinline, noreturn)) tick_forever(uint64_t thread)
{
	bool wide = __builtin_cpu_supports("avx512f");
	uint64_t want = thread + 1;

	for (;;) {
		uint64_t got = want;

		if (wide)
			asm volatile("vpbroadcastq %1, %%zmm17\n\t"
				     "syscall\n\t"
				     "valignq $7, %%zmm17, %%zmm17, %%zmm0\n\t"
				     "vmovq %%xmm0, %0"
				     : "=r"(got)
				     : "r"(want), "a"(SYS_nanosleep), "D"(&tick_time), "S"(0)
				     : "rcx", "r11", "memory", "xmm0");
		else
			sleep_tick();
		if (got != want)
			shared->damaged = 1;
		if (watched && !thread && first_difference(watched, watched_bytes, SEED) >= 0)
			shared->damaged = 2;
		__atomic_add_fetch(&shared->ticks[thread], 1, __ATOMIC_RELAXED);
	}
}

/* Goes on at `function` with another stack pointer. */
static void __attribute__((noreturn)) call_on(char *stack_end, void (*function)(uint64_t),
					      uint64_t thread)
{
	asm volatile("mov %0, %%rsp\n\txor %%ebp, %%ebp\n\tcall *%1\n\thlt"
		     :
		     : "r"((uintptr_t)stack_end & -16), "r"(function), "D"(thread)
		     : "memory");
	__builtin_unreachable();
}

/* The syscall instruction is the only one that is run: it takes nothing from a stack. */
static void __attribute__((noreturn)) tick_without_stack(uint64_t thread)
{
	register uint64_t *counter asm("rbx") = &shared->ticks[thread];
	register const struct timespec *time asm("r12") = &tick_time;

	asm volatile("mov $1, %%esp\n"
		     "1:\tmov $35, %%eax\n\t"
		     "mov %%r12, %%rdi\n\t"
		     "xor %%esi, %%esi\n\t"
		     "syscall\n\t"
		     "lock incq (%%rbx)\n\t"
		     "jmp 1b"
		     :
		     : "r"(counter), "r"(time)
		     : "memory", "rax", "rcx", "r11", "rdi", "rsi");
	__builtin_unreachable();
}

static void *map(size_t bytes, int flags)
{
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	return area;
}

static void find_stack(char **start, char **end)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "[stack]") && sscanf(line, "%p-%p", (void **)start, (void **)end) == 2)
			break;
	fclose(maps);
}

static void unmap_stack(void)
{
	char *start, *end;

	find_stack(&start, &end);
	if (munmap(start, end - start))
		shared->damaged = 3;
}

static void __attribute__((noreturn)) tick_after_move(uint64_t thread)
{
	unmap_stack();
	tick_forever(thread);
}

/* Calls itself until the stack is used down to `bottom`, but for what a tick needs. */
static void __attribute__((noinline, noreturn)) descend(char *bottom)
{
	volatile char frame[256];

	frame[0] = 1;
	if ((char *)frame - bottom > (long)sizeof(frame) + 512)
		descend(bottom);
	frame[1] = frame[0];
	tick_forever(0);
}

static void __attribute__((noinline)) leave_traces(void)
{
	char frame[2 << 20];

	fill(frame, sizeof(frame), SEED);
	/* The compiler is not to know whose address that is. */
	asm volatile("mov %1, %0" : "=r"(watched) : "r"(frame) : "memory");
	watched_bytes = sizeof(frame) - 64 * 1024;
}

static void limit_stack(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &limit))
		die("setrlimit");
}

/* In the kernel's gap of 1 MiB below a stack, into which it does not grow any more then. */
static void wall_stack(char *bottom)
{
	char *wall = bottom - 16 * PAGE;

	if (mmap(wall, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != wall)
		die("mmap below the stack");
}

/* Leaves the main stack for one that is shared memory, with something to watch at its end. */
static void __attribute__((noreturn)) move_stack(void)
{
	size_t bytes = 256 * 1024;
	char *stack = map(bytes, MAP_SHARED);

	watched = stack;
	watched_bytes = bytes / 2;
	fill(stack, watched_bytes, SEED);
	call_on(stack + bytes, tick_after_move, 0);
}

static void set_alternate_stack(size_t bytes)
{
	stack_t stack = { .ss_sp = map(bytes, MAP_PRIVATE), .ss_size = bytes };

	if (sigaltstack(&stack, NULL))
		die("sigaltstack");
}

static char *arena;

static void *small_stack(void *thread)
{
	uint64_t number = (uintptr_t)thread;

	set_alternate_stack(32 * 1024);
	call_on(arena + (number + 1) * 16 * 1024, tick_forever, number);
}

static void *least_stack(void *thread)
{
	tick_forever((uintptr_t)thread);
}

static __thread uint64_t own_number;

static void handle(int signo)
{
	(void)signo;
	tick_forever(own_number);
}

static void *in_handler(void *thread)
{
	own_number = (uintptr_t)thread;
	set_alternate_stack(32 * 1024);
	raise(SIGUSR1);
	return NULL;
}

static void *without_stack(void *thread)
{
	tick_without_stack((uintptr_t)thread);
}

static void start(void *(*body)(void *), uint64_t thread, size_t stack_bytes)
{
	pthread_attr_t attributes;
	pthread_t id;

	pthread_attr_init(&attributes);
	if (stack_bytes && pthread_attr_setstacksize(&attributes, stack_bytes))
		die("stack size");
	if (pthread_create(&id, &attributes, body, (void *)(uintptr_t)thread))
		die("pthread_create");
}

static void start_all(void *(*body)(void *), size_t stack_bytes)
{
	for (uint64_t thread = 1; thread < shared->threads; thread++)
		start(body, thread, stack_bytes);
}

static void report(const char *directory)
{
	status_open(directory);
	for (;;) {
		uint64_t least = shared->ticks[0];

		for (uint64_t thread = 1; thread < shared->threads; thread++)
			if (shared->ticks[thread] < least)
				least = shared->ticks[thread];
		if (shared->damaged)
			fail("damage of kind %llu", (unsigned long long)shared->damaged);
		status_write(least, "");
		sleep_ms(2);
	}
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "";
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_ONSTACK };
	char *stack_start, *stack_end;

	shared = map(PAGE, MAP_SHARED);
	shared->threads = 1;
	if (!strcmp(kind, "small") || !strcmp(kind, "least"))
		shared->threads = 4;
	else if (!strcmp(kind, "handlers"))
		shared->threads = 3;
	else if (!strcmp(kind, "astray"))
		shared->threads = 2;
	if (!fork())
		report(argv[1]);
	find_stack(&stack_start, &stack_end);
	sigaction(SIGUSR1, &action, NULL);
	if (!strcmp(kind, "deep")) {
		descend(stack_end - (2 << 20));
	} else if (!strcmp(kind, "past")) {
		leave_traces();
		tick_forever(0);
	} else if (!strcmp(kind, "worn")) {
		leave_traces();
		watched = NULL;
		tick_forever(0);
	} else if (!strcmp(kind, "limit")) {
		limit_stack();
		descend(stack_end - (1 << 20));
	} else if (!strcmp(kind, "walled")) {
		wall_stack(stack_start);
		descend(stack_start + PAGE);
	} else if (!strcmp(kind, "moved")) {
		move_stack();
	} else if (!strcmp(kind, "astray")) {
		start(without_stack, 1, 0);
		move_stack();
	} else if (!strcmp(kind, "small")) {
		arena = map(THREADS * 16 * 1024, MAP_PRIVATE);
		for (int thread = 0; thread < THREADS; thread++)
			fill(arena + thread * 16 * 1024, 14 * 1024, SEED);
		watched = arena;
		watched_bytes = 14 * 1024;
		start_all(small_stack, 0);
		small_stack((void *)0);
	} else if (!strcmp(kind, "least")) {
		start_all(least_stack, sysconf(_SC_THREAD_STACK_MIN));
		tick_forever(0);
	} else if (!strcmp(kind, "handlers")) {
		start_all(in_handler, 0);
		leave_traces();
		in_handler((void *)0);
	} else if (!strcmp(kind, "nowhere")) {
		tick_without_stack(0);
	}
	fprintf(stderr, "no kind \"%s\"\n", kind);
	return 1;
}
