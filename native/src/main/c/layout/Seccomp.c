// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <linux/audit.h>

#include "layout.h"

CONST(Seccomp, SECCOMP_MODE_DISABLED)
CONST(Seccomp, SECCOMP_MODE_STRICT)
CONST(Seccomp, SECCOMP_MODE_FILTER)
CONST(Seccomp, SECCOMP_SET_MODE_STRICT)
CONST(Seccomp, SECCOMP_SET_MODE_FILTER)
CONST(Seccomp, SECCOMP_GET_ACTION_AVAIL)
CONST(Seccomp, SECCOMP_GET_NOTIF_SIZES)
CONST(Seccomp, SECCOMP_FILTER_FLAG_TSYNC)
CONST(Seccomp, SECCOMP_FILTER_FLAG_LOG)
CONST(Seccomp, SECCOMP_FILTER_FLAG_SPEC_ALLOW)
CONST(Seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER)
CONST(Seccomp, SECCOMP_FILTER_FLAG_TSYNC_ESRCH)
CONST(Seccomp, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
CONST(Seccomp, SECCOMP_RET_KILL_PROCESS)
CONST(Seccomp, SECCOMP_RET_KILL_THREAD)
CONST(Seccomp, SECCOMP_RET_TRAP)
CONST(Seccomp, SECCOMP_RET_ERRNO)
CONST(Seccomp, SECCOMP_RET_USER_NOTIF)
CONST(Seccomp, SECCOMP_RET_TRACE)
CONST(Seccomp, SECCOMP_RET_LOG)
CONST(Seccomp, SECCOMP_RET_ALLOW)
CONST(Seccomp, BPF_MAXINSNS)
CONST(Seccomp, AUDIT_ARCH_X86_64)
CONST(Seccomp, AUDIT_ARCH_I386)
CONST(Seccomp, AUDIT_ARCH_AARCH64)

SIZE(Seccomp, SockFprog, struct sock_fprog)
FIELD(Seccomp, SockFprog, len, struct sock_fprog, len)
FIELD(Seccomp, SockFprog, filter, struct sock_fprog, filter)

SIZE(Seccomp, SockFilter, struct sock_filter)
FIELD(Seccomp, SockFilter, code, struct sock_filter, code)
FIELD(Seccomp, SockFilter, jt, struct sock_filter, jt)
FIELD(Seccomp, SockFilter, jf, struct sock_filter, jf)
FIELD(Seccomp, SockFilter, k, struct sock_filter, k)

SIZE(Seccomp, SeccompData, struct seccomp_data)
FIELD(Seccomp, SeccompData, nr, struct seccomp_data, nr)
FIELD(Seccomp, SeccompData, arch, struct seccomp_data, arch)
FIELD(Seccomp, SeccompData, instruction_pointer, struct seccomp_data, instruction_pointer)
FIELD(Seccomp, SeccompData, args, struct seccomp_data, args)
