/* SPDX-License-Identifier: Apache-2.0 */
/* Offset 0 of the blob: rdi is the program, rsp its stack. */
	.section .text.entry, "ax"
	.globl entry
entry:
	xor	%ebp, %ebp
	call	run
	/* Offset known to Java: a bare syscall for calls made through ptrace. */
	.balign	16
	.globl remote_call
remote_call:
	syscall
	int3
	/* void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]): called by the JVM, which has no such instruction. */
	.balign	16
	.globl cpuid
cpuid:
	push	%rbx
	mov	%rdx, %r8
	mov	%edi, %eax
	mov	%esi, %ecx
	cpuid
	mov	%eax, 0(%r8)
	mov	%ebx, 4(%r8)
	mov	%ecx, 8(%r8)
	mov	%edx, 12(%r8)
	pop	%rbx
	ret
	/* Called by the JVM. */
	.balign	16
	.globl ask_entry
ask_entry:
	jmp	ask
	/* SSE2, which every x86-64 has; what is left in its registers the images' state replaces in every thread. */
	.balign	16
	.globl arch_same_page
arch_same_page:
	xor	%ecx, %ecx
1:
	/* The processor itself looks ahead to the end of a page only. */
	prefetcht0 4096(%rdi, %rcx)
	movdqa	0(%rdi, %rcx), %xmm0
	movdqa	16(%rdi, %rcx), %xmm1
	movdqa	32(%rdi, %rcx), %xmm2
	movdqa	48(%rdi, %rcx), %xmm3
	pcmpeqb	0(%rsi, %rcx), %xmm0
	pcmpeqb	16(%rsi, %rcx), %xmm1
	pcmpeqb	32(%rsi, %rcx), %xmm2
	pcmpeqb	48(%rsi, %rcx), %xmm3
	pand	%xmm1, %xmm0
	pand	%xmm3, %xmm2
	pand	%xmm2, %xmm0
	pmovmskb %xmm0, %eax
	cmp	$0xffff, %eax
	jne	2f
	add	$64, %ecx
	cmp	$4096, %ecx
	jne	1b
	mov	$1, %eax
	ret
2:
	xor	%eax, %eax
	ret
	.section .note.GNU-stack, "", @progbits
