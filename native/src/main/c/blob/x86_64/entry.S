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
	.section .note.GNU-stack, "", @progbits
