// SPDX-License-Identifier: Apache-2.0

#include <linux/ptrace.h>
#ifndef PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG
#define PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG 0x4210 // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG
#define PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG 0x4211 // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef PTRACE_SET_SYSCALL_INFO
#define PTRACE_SET_SYSCALL_INFO 0x4212 // not in the 6.1 headers: since Linux 6.16
#endif
#include <asm/ptrace-abi.h>
struct sud_config { __u64 mode, selector, offset, len; }; // struct ptrace_sud_config; not in the 6.1 headers: since Linux 6.4

#include "layout.h"

CONST(Ptrace, PTRACE_TRACEME)
CONST(Ptrace, PTRACE_PEEKTEXT)
CONST(Ptrace, PTRACE_PEEKDATA)
CONST(Ptrace, PTRACE_PEEKUSR)
CONST(Ptrace, PTRACE_POKETEXT)
CONST(Ptrace, PTRACE_POKEDATA)
CONST(Ptrace, PTRACE_POKEUSR)
CONST(Ptrace, PTRACE_CONT)
CONST(Ptrace, PTRACE_KILL)
CONST(Ptrace, PTRACE_SINGLESTEP)
CONST(Ptrace, PTRACE_ATTACH)
CONST(Ptrace, PTRACE_DETACH)
CONST(Ptrace, PTRACE_SYSCALL)
CONST(Ptrace, PTRACE_SETOPTIONS)
CONST(Ptrace, PTRACE_GETEVENTMSG)
CONST(Ptrace, PTRACE_GETSIGINFO)
CONST(Ptrace, PTRACE_SETSIGINFO)
CONST(Ptrace, PTRACE_GETREGSET)
CONST(Ptrace, PTRACE_SETREGSET)
CONST(Ptrace, PTRACE_SEIZE)
CONST(Ptrace, PTRACE_INTERRUPT)
CONST(Ptrace, PTRACE_LISTEN)
CONST(Ptrace, PTRACE_PEEKSIGINFO)
CONST(Ptrace, PTRACE_GETSIGMASK)
CONST(Ptrace, PTRACE_SETSIGMASK)
CONST(Ptrace, PTRACE_SECCOMP_GET_FILTER)
CONST(Ptrace, PTRACE_SECCOMP_GET_METADATA)
CONST(Ptrace, PTRACE_GET_SYSCALL_INFO)
CONST(Ptrace, PTRACE_GET_RSEQ_CONFIGURATION)
CONST(Ptrace, PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG)
CONST(Ptrace, PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG)
CONST(Ptrace, PTRACE_SET_SYSCALL_INFO)
CONST(Ptrace, PTRACE_GETREGS)
CONST(Ptrace, PTRACE_SETREGS)
CONST(Ptrace, PTRACE_GETFPREGS)
CONST(Ptrace, PTRACE_SETFPREGS)
CONST(Ptrace, PTRACE_ARCH_PRCTL)
CONST(Ptrace, PTRACE_SYSEMU)
CONST(Ptrace, PTRACE_SYSEMU_SINGLESTEP)
CONST(Ptrace, PTRACE_O_TRACESYSGOOD)
CONST(Ptrace, PTRACE_O_TRACEFORK)
CONST(Ptrace, PTRACE_O_TRACEVFORK)
CONST(Ptrace, PTRACE_O_TRACECLONE)
CONST(Ptrace, PTRACE_O_TRACEEXEC)
CONST(Ptrace, PTRACE_O_TRACEVFORKDONE)
CONST(Ptrace, PTRACE_O_TRACEEXIT)
CONST(Ptrace, PTRACE_O_TRACESECCOMP)
CONST(Ptrace, PTRACE_O_EXITKILL)
CONST(Ptrace, PTRACE_O_SUSPEND_SECCOMP)
CONST(Ptrace, PTRACE_O_MASK)
CONST(Ptrace, PTRACE_EVENT_FORK)
CONST(Ptrace, PTRACE_EVENT_VFORK)
CONST(Ptrace, PTRACE_EVENT_CLONE)
CONST(Ptrace, PTRACE_EVENT_EXEC)
CONST(Ptrace, PTRACE_EVENT_VFORK_DONE)
CONST(Ptrace, PTRACE_EVENT_EXIT)
CONST(Ptrace, PTRACE_EVENT_SECCOMP)
CONST(Ptrace, PTRACE_EVENT_STOP)
CONST(Ptrace, PTRACE_EVENTMSG_SYSCALL_ENTRY)
CONST(Ptrace, PTRACE_EVENTMSG_SYSCALL_EXIT)
CONST(Ptrace, PTRACE_SYSCALL_INFO_NONE)
CONST(Ptrace, PTRACE_SYSCALL_INFO_ENTRY)
CONST(Ptrace, PTRACE_SYSCALL_INFO_EXIT)
CONST(Ptrace, PTRACE_SYSCALL_INFO_SECCOMP)
CONST(Ptrace, PTRACE_PEEKSIGINFO_SHARED)

SIZE(Ptrace, PeeksiginfoArgs, struct ptrace_peeksiginfo_args)
FIELD(Ptrace, PeeksiginfoArgs, off, struct ptrace_peeksiginfo_args, off)
FIELD(Ptrace, PeeksiginfoArgs, flags, struct ptrace_peeksiginfo_args, flags)
FIELD(Ptrace, PeeksiginfoArgs, nr, struct ptrace_peeksiginfo_args, nr)

SIZE(Ptrace, SeccompMetadata, struct seccomp_metadata)
FIELD(Ptrace, SeccompMetadata, filter_off, struct seccomp_metadata, filter_off)
FIELD(Ptrace, SeccompMetadata, flags, struct seccomp_metadata, flags)

SIZE(Ptrace, RseqConfiguration, struct ptrace_rseq_configuration)
FIELD(Ptrace, RseqConfiguration, rseq_abi_pointer, struct ptrace_rseq_configuration, rseq_abi_pointer)
FIELD(Ptrace, RseqConfiguration, rseq_abi_size, struct ptrace_rseq_configuration, rseq_abi_size)
FIELD(Ptrace, RseqConfiguration, signature, struct ptrace_rseq_configuration, signature)
FIELD(Ptrace, RseqConfiguration, flags, struct ptrace_rseq_configuration, flags)

SIZE(Ptrace, SyscallInfo, struct ptrace_syscall_info)
FIELD(Ptrace, SyscallInfo, op, struct ptrace_syscall_info, op)
FIELD(Ptrace, SyscallInfo, arch, struct ptrace_syscall_info, arch)
FIELD(Ptrace, SyscallInfo, instruction_pointer, struct ptrace_syscall_info, instruction_pointer)
FIELD(Ptrace, SyscallInfo, stack_pointer, struct ptrace_syscall_info, stack_pointer)
FIELD(Ptrace, SyscallInfo, entry_nr, struct ptrace_syscall_info, entry.nr)
FIELD(Ptrace, SyscallInfo, entry_args, struct ptrace_syscall_info, entry.args)
FIELD(Ptrace, SyscallInfo, exit_rval, struct ptrace_syscall_info, exit.rval)
FIELD(Ptrace, SyscallInfo, exit_is_error, struct ptrace_syscall_info, exit.is_error)

SIZE(Ptrace, SudConfig, struct sud_config)
FIELD(Ptrace, SudConfig, mode, struct sud_config, mode)
FIELD(Ptrace, SudConfig, selector, struct sud_config, selector)
FIELD(Ptrace, SudConfig, offset, struct sud_config, offset)
FIELD(Ptrace, SudConfig, len, struct sud_config, len)
