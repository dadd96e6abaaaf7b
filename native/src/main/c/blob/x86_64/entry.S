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
	.section .note.GNU-stack, "", @progbits
