// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/prctl.h>
#include <asm/prctl.h>
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65 // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef PR_MDWE_REFUSE_EXEC_GAIN
#define PR_MDWE_REFUSE_EXEC_GAIN 1 // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef PR_MDWE_NO_INHERIT
#define PR_MDWE_NO_INHERIT 2 // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef PR_SYS_DISPATCH_INCLUSIVE_ON
#define PR_SYS_DISPATCH_INCLUSIVE_ON 2 // not in the 6.1 headers: since Linux 6.16
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67 // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef PR_GET_MEMORY_MERGE
#define PR_GET_MEMORY_MERGE 68 // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef PR_GET_AUXV
#define PR_GET_AUXV 0x41555856 // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS
#define PR_TIMER_CREATE_RESTORE_IDS 77 // not in the 6.1 headers: since Linux 6.15
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS_OFF
#define PR_TIMER_CREATE_RESTORE_IDS_OFF 0 // not in the 6.1 headers: since Linux 6.15
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS_ON
#define PR_TIMER_CREATE_RESTORE_IDS_ON 1 // not in the 6.1 headers: since Linux 6.15
#endif
#ifndef PR_TIMER_CREATE_RESTORE_IDS_GET
#define PR_TIMER_CREATE_RESTORE_IDS_GET 2 // not in the 6.1 headers: since Linux 6.15
#endif
#ifndef ARCH_SHSTK_ENABLE
#define ARCH_SHSTK_ENABLE 0x5001 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_DISABLE
#define ARCH_SHSTK_DISABLE 0x5002 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_LOCK
#define ARCH_SHSTK_LOCK 0x5003 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_UNLOCK
#define ARCH_SHSTK_UNLOCK 0x5004 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_STATUS
#define ARCH_SHSTK_STATUS 0x5005 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_SHSTK
#define ARCH_SHSTK_SHSTK (1ULL<<0) // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef ARCH_SHSTK_WRSS
#define ARCH_SHSTK_WRSS (1ULL<<1) // not in the 6.1 headers: since Linux 6.6
#endif

#include "layout.h"

CONST(Prctl, PR_SET_PDEATHSIG)
CONST(Prctl, PR_GET_PDEATHSIG)
CONST(Prctl, PR_GET_DUMPABLE)
CONST(Prctl, PR_SET_DUMPABLE)
CONST(Prctl, PR_GET_KEEPCAPS)
CONST(Prctl, PR_SET_KEEPCAPS)
CONST(Prctl, PR_SET_NAME)
CONST(Prctl, PR_GET_NAME)
CONST(Prctl, PR_GET_SECCOMP)
CONST(Prctl, PR_SET_SECCOMP)
CONST(Prctl, PR_CAPBSET_READ)
CONST(Prctl, PR_CAPBSET_DROP)
CONST(Prctl, PR_GET_TSC)
CONST(Prctl, PR_SET_TSC)
CONST(Prctl, PR_TSC_SIGSEGV)
CONST(Prctl, PR_GET_SECUREBITS)
CONST(Prctl, PR_SET_SECUREBITS)
CONST(Prctl, PR_SET_TIMERSLACK)
CONST(Prctl, PR_GET_TIMERSLACK)
CONST(Prctl, PR_MCE_KILL)
CONST(Prctl, PR_MCE_KILL_SET)
CONST(Prctl, PR_MCE_KILL_DEFAULT)
CONST(Prctl, PR_MCE_KILL_GET)
CONST(Prctl, PR_SET_CHILD_SUBREAPER)
CONST(Prctl, PR_GET_CHILD_SUBREAPER)
CONST(Prctl, PR_SET_NO_NEW_PRIVS)
CONST(Prctl, PR_GET_NO_NEW_PRIVS)
CONST(Prctl, PR_GET_TID_ADDRESS)
CONST(Prctl, PR_SET_THP_DISABLE)
CONST(Prctl, PR_GET_THP_DISABLE)
CONST(Prctl, PR_CAP_AMBIENT)
CONST(Prctl, PR_CAP_AMBIENT_IS_SET)
CONST(Prctl, PR_CAP_AMBIENT_RAISE)
CONST(Prctl, PR_CAP_AMBIENT_LOWER)
CONST(Prctl, PR_CAP_AMBIENT_CLEAR_ALL)
CONST(Prctl, PR_GET_SPECULATION_CTRL)
CONST(Prctl, PR_SET_SPECULATION_CTRL)
CONST(Prctl, PR_SET_IO_FLUSHER)
CONST(Prctl, PR_GET_IO_FLUSHER)
CONST(Prctl, PR_SET_SYSCALL_USER_DISPATCH)
CONST(Prctl, PR_SYS_DISPATCH_OFF)
CONST(Prctl, PR_SYS_DISPATCH_ON)
CONST(Prctl, PR_SYS_DISPATCH_INCLUSIVE_ON)
CONST(Prctl, SYSCALL_DISPATCH_FILTER_ALLOW)
CONST(Prctl, PR_SCHED_CORE)
CONST(Prctl, PR_SCHED_CORE_GET)
CONST(Prctl, PR_SCHED_CORE_CREATE)
CONST(Prctl, PR_SCHED_CORE_SHARE_TO)
CONST(Prctl, PR_SCHED_CORE_SHARE_FROM)
CONST(Prctl, PR_SET_MDWE)
CONST(Prctl, PR_GET_MDWE)
CONST(Prctl, PR_MDWE_REFUSE_EXEC_GAIN)
CONST(Prctl, PR_MDWE_NO_INHERIT)
CONST(Prctl, PR_SET_MEMORY_MERGE)
CONST(Prctl, PR_GET_MEMORY_MERGE)
CONST(Prctl, PR_TIMER_CREATE_RESTORE_IDS)
CONST(Prctl, PR_TIMER_CREATE_RESTORE_IDS_OFF)
CONST(Prctl, PR_TIMER_CREATE_RESTORE_IDS_ON)
CONST(Prctl, PR_TIMER_CREATE_RESTORE_IDS_GET)
CONST(Prctl, PR_SET_PTRACER)
CONST(Prctl, PR_SET_VMA)
CONST(Prctl, PR_SET_VMA_ANON_NAME)
CONST(Prctl, PR_GET_AUXV)
CONST(Prctl, PR_SET_MM)
CONST(Prctl, PR_SET_MM_START_CODE)
CONST(Prctl, PR_SET_MM_END_CODE)
CONST(Prctl, PR_SET_MM_START_DATA)
CONST(Prctl, PR_SET_MM_END_DATA)
CONST(Prctl, PR_SET_MM_START_STACK)
CONST(Prctl, PR_SET_MM_START_BRK)
CONST(Prctl, PR_SET_MM_BRK)
CONST(Prctl, PR_SET_MM_ARG_START)
CONST(Prctl, PR_SET_MM_ARG_END)
CONST(Prctl, PR_SET_MM_ENV_START)
CONST(Prctl, PR_SET_MM_ENV_END)
CONST(Prctl, PR_SET_MM_AUXV)
CONST(Prctl, PR_SET_MM_EXE_FILE)
CONST(Prctl, PR_SET_MM_MAP)
CONST(Prctl, PR_SET_MM_MAP_SIZE)
CONST(Prctl, ARCH_SET_GS)
CONST(Prctl, ARCH_SET_FS)
CONST(Prctl, ARCH_GET_FS)
CONST(Prctl, ARCH_GET_GS)
CONST(Prctl, ARCH_GET_CPUID)
CONST(Prctl, ARCH_SET_CPUID)
CONST(Prctl, ARCH_MAP_VDSO_X32)
CONST(Prctl, ARCH_MAP_VDSO_32)
CONST(Prctl, ARCH_MAP_VDSO_64)
CONST(Prctl, ARCH_SHSTK_ENABLE)
CONST(Prctl, ARCH_SHSTK_DISABLE)
CONST(Prctl, ARCH_SHSTK_LOCK)
CONST(Prctl, ARCH_SHSTK_UNLOCK)
CONST(Prctl, ARCH_SHSTK_STATUS)
CONST(Prctl, ARCH_SHSTK_SHSTK)
CONST(Prctl, ARCH_SHSTK_WRSS)

SIZE(Prctl, MmMap, struct prctl_mm_map)
FIELD(Prctl, MmMap, start_code, struct prctl_mm_map, start_code)
FIELD(Prctl, MmMap, end_code, struct prctl_mm_map, end_code)
FIELD(Prctl, MmMap, start_data, struct prctl_mm_map, start_data)
FIELD(Prctl, MmMap, end_data, struct prctl_mm_map, end_data)
FIELD(Prctl, MmMap, start_brk, struct prctl_mm_map, start_brk)
FIELD(Prctl, MmMap, brk, struct prctl_mm_map, brk)
FIELD(Prctl, MmMap, start_stack, struct prctl_mm_map, start_stack)
FIELD(Prctl, MmMap, arg_start, struct prctl_mm_map, arg_start)
FIELD(Prctl, MmMap, arg_end, struct prctl_mm_map, arg_end)
FIELD(Prctl, MmMap, env_start, struct prctl_mm_map, env_start)
FIELD(Prctl, MmMap, env_end, struct prctl_mm_map, env_end)
FIELD(Prctl, MmMap, auxv, struct prctl_mm_map, auxv)
FIELD(Prctl, MmMap, auxv_size, struct prctl_mm_map, auxv_size)
FIELD(Prctl, MmMap, exe_fd, struct prctl_mm_map, exe_fd)
