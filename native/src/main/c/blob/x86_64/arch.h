/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORPOR_ARCH_H
#define TORPOR_ARCH_H

#include <stdint.h>

/* asm/unistd_64.h */
#define NR_pwrite64 18
#define NR_sendto 44
#define NR_recvfrom 45
#define NR_exit 60
#define NR_futex 202
#define NR_preadv 295
#define NR_clone3 435

/* linux/futex.h; not private: the words lie in memory that several address spaces share */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

static inline int64_t arch_syscall(uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
				   uint64_t a4, uint64_t a5)
{
	register uint64_t r10 __asm__("r10") = a3;
	register uint64_t r8 __asm__("r8") = a4;
	register uint64_t r9 __asm__("r9") = a5;
	int64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline void arch_trap(void)
{
	__asm__ volatile("int3" ::: "memory");
}

/* The child wakes up on the stack that its clone_args name, with nothing on it. */
static inline int64_t arch_spawn(uint64_t clone_args, uint64_t size, uint64_t program)
{
	register uint64_t child __asm__("r12") = program;
	int64_t result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov %%r12, %%rdi\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call run\n"
			 "1:"
			 : "=a"(result)
			 : "a"((uint64_t)NR_clone3), "D"(clone_args), "S"(size), "r"(child)
			 : "rcx", "r11", "memory");
	return result;
}

/* Whether two pages, both at addresses of pages, hold the same. In entry.S. */
int arch_same_page(const void *one, const void *other);

#endif
