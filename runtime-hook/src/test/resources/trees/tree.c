/* SPDX-License-Identifier: Apache-2.0
 *
 * tree [family|container]: a task that waits; or one with a child, a zombie, two more threads, a pipe in which
 * something waits, and memory that it shares with the child; or one right behind `pivot_root . .`. Without a C
 * library it has few pages.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char stacks[2][4096];

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static void wait_for_ever(void)
{
	for (;;)
		call(SYS_pause, 0, 0, 0, 0, 0, 0);
}

static void start_thread(char *stack_top)
{
	register long r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
	long result;

	__asm__ volatile("syscall\n\ttest %0, %0\n\tjnz 2f\n1:\tmov %6, %%eax\n\tsyscall\n\tjmp 1b\n2:"
			 : "=a"(result)
			 : "a"((long)SYS_clone), "D"((long)THREAD), "S"(stack_top), "d"(0L), "r"(r10), "i"(SYS_pause), "r"(r8)
			 : "rcx", "r11", "memory");
}

static void family(void)
{
	int ends[2];
	volatile char *shared = (char *)call(SYS_mmap, 0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long ended;

	shared[0] = 1;
	call(SYS_pipe2, (long)ends, O_CLOEXEC, 0, 0, 0, 0);
	call(SYS_write, ends[1], (long)"waits", 5, 0, 0, 0);
	if (!call(SYS_fork, 0, 0, 0, 0, 0, 0))
		wait_for_ever();
	ended = call(SYS_fork, 0, 0, 0, 0, 0, 0);
	if (!ended)
		call(SYS_exit_group, 7, 0, 0, 0, 0, 0);
	call(SYS_waitid, P_PID, ended, 0, WEXITED | WNOWAIT, 0, 0);
	start_thread(stacks[0] + sizeof(stacks[0]));
	start_thread(stacks[1] + sizeof(stacks[1]));
}

__attribute__((used)) void start(long *stack)
{
	const char *kind = stack[0] > 1 ? (const char *)stack[2] : "";

	call(SYS_close_range, 3, ~0U, 0, 0, 0, 0);
	if (*kind == 'f')
		family();
	if (*kind == 'c')
		call(SYS_umount2, (long)".", MNT_DETACH, 0, 0, 0, 0);
	call(SYS_write, 1, (long)"ready\n", 6, 0, 0, 0);
	wait_for_ever();
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
