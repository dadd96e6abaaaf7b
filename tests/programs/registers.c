/* SPDX-License-Identifier: Apache-2.0
 *
 * registers DIR: four threads spin in user mode with known values in every kind of register that the
 * processor has: general, SSE or AVX, x87 control and data, MXCSR. A thread that finds another value
 * says so in the status file.
 */
#include "common.h"
#include <pthread.h>

#ifdef __x86_64__
#define SPINS 2000000UL

static uint64_t rounds[4];

/* Loads vector registers, spins without a memory access, stores them again. */
static void spin_sse(uint64_t seed, uint64_t out[32])
{
	uint64_t in[32], spins = SPINS;

	for (int i = 0; i < 32; i++)
		in[i] = word_at(seed, i);
#define LOAD(n) "movdqu 16*" #n "(%1), %%xmm" #n "\n\t"
#define STORE(n) "movdqu %%xmm" #n ", 16*" #n "(%2)\n\t"
#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
	__asm__ volatile(ALL(LOAD) "1: dec %0\n\tjnz 1b\n\t" ALL(STORE)
			 : "+r"(spins)
			 : "r"(in), "r"(out)
			 : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			   "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

__attribute__((target("avx"))) static void spin_avx(uint64_t seed, uint64_t out[64])
{
	uint64_t in[64], spins = SPINS;

	for (int i = 0; i < 64; i++)
		in[i] = word_at(seed, i);
#define LOADY(n) "vmovdqu 32*" #n "(%1), %%ymm" #n "\n\t"
#define STOREY(n) "vmovdqu %%ymm" #n ", 32*" #n "(%2)\n\t"
	__asm__ volatile(ALL(LOADY) "1: dec %0\n\tjnz 1b\n\t" ALL(STOREY)
			 : "+r"(spins)
			 : "r"(in), "r"(out)
			 : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
			   "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/* An x87 value and rounding mode, and general registers, over the same kind of spin. */
static void spin_x87(uint64_t seed, uint64_t *value, uint16_t *control, uint64_t *general)
{
	uint64_t in = word_at(seed, 99) >> 2, spins = SPINS;
	uint16_t mode = 0x0c7f;

	__asm__ volatile("fldcw %5\n\tfildll %4\n\tmov %4, %%r12\n\tmov %4, %%r13\n\tnot %%r13\n\t"
			 "1: dec %0\n\tjnz 1b\n\t"
			 "fistpll %1\n\tfnstcw %2\n\txor %%r12, %%r13\n\tmov %%r13, %3"
			 : "+r"(spins), "=m"(*value), "=m"(*control), "=m"(*general)
			 : "m"(in), "m"(mode)
			 : "memory", "cc", "r12", "r13");
}

static void *work(void *argument)
{
	uint64_t *mine = argument, seed = 100 + (mine - rounds), vectors[64];
	int has_avx = __builtin_cpu_supports("avx");
	unsigned int mxcsr = 0x1f80 | (seed & 3) << 13, now;

	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	for (;; __atomic_add_fetch(mine, 1, __ATOMIC_RELAXED)) {
		uint64_t value, general;
		uint16_t control;
		int words = has_avx ? 64 : 32;

		seed += 4;
		if (has_avx)
			spin_avx(seed, vectors);
		else
			spin_sse(seed, vectors);
		for (int i = 0; i < words; i++)
			if (vectors[i] != word_at(seed, i))
				fail("vector register word %d differs", i);
		spin_x87(seed, &value, &control, &general);
		if (value != word_at(seed, 99) >> 2 || control != 0x0c7f || general != ~0UL)
			fail("x87 or general registers differ");
		__asm__ volatile("stmxcsr %0" : "=m"(now));
		if ((now & ~0x3fU) != (mxcsr & ~0x3fU))
			fail("MXCSR is %x, was %x", now, mxcsr);
		sleep_ms(1);
	}
	return NULL;
}
#else
#error "registers.c knows only x86-64"
#endif

int main(int argc, char **argv)
{
	status_open(argc > 1 ? argv[1] : ".");
	for (int i = 0; i < 4; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, work, &rounds[i]))
			die("pthread_create");
	}
	for (;;) {
		uint64_t slowest = UINT64_MAX;

		for (int i = 0; i < 4; i++) {
			uint64_t done = __atomic_load_n(&rounds[i], __ATOMIC_RELAXED);

			slowest = done < slowest ? done : slowest;
		}
		status_write(slowest, "");
		sleep_ms(10);
	}
}
