// SPDX-License-Identifier: Apache-2.0

#include <linux/futex.h>
#include <linux/rseq.h>

#include "layout.h"

CONST(Futex, FUTEX_WAIT)
CONST(Futex, FUTEX_WAKE)
CONST(Futex, FUTEX_FD)
CONST(Futex, FUTEX_REQUEUE)
CONST(Futex, FUTEX_CMP_REQUEUE)
CONST(Futex, FUTEX_WAKE_OP)
CONST(Futex, FUTEX_LOCK_PI)
CONST(Futex, FUTEX_UNLOCK_PI)
CONST(Futex, FUTEX_TRYLOCK_PI)
CONST(Futex, FUTEX_WAIT_BITSET)
CONST(Futex, FUTEX_WAKE_BITSET)
CONST(Futex, FUTEX_WAIT_REQUEUE_PI)
CONST(Futex, FUTEX_CMP_REQUEUE_PI)
CONST(Futex, FUTEX_LOCK_PI2)
CONST(Futex, FUTEX_PRIVATE_FLAG)
CONST(Futex, FUTEX_CLOCK_REALTIME)
CONST(Futex, FUTEX_WAITERS)
CONST(Futex, FUTEX_OWNER_DIED)
CONST(Futex, FUTEX_TID_MASK)
CONST(Futex, RSEQ_CPU_ID_UNINITIALIZED)
CONST(Futex, RSEQ_CPU_ID_REGISTRATION_FAILED)
CONST(Futex, RSEQ_FLAG_UNREGISTER)

SIZE(Futex, RobustListHead, struct robust_list_head)
FIELD(Futex, RobustListHead, list, struct robust_list_head, list)
FIELD(Futex, RobustListHead, futex_offset, struct robust_list_head, futex_offset)
FIELD(Futex, RobustListHead, list_op_pending, struct robust_list_head, list_op_pending)

SIZE(Futex, Rseq, struct rseq)
FIELD(Futex, Rseq, cpu_id_start, struct rseq, cpu_id_start)
FIELD(Futex, Rseq, cpu_id, struct rseq, cpu_id)
FIELD(Futex, Rseq, rseq_cs, struct rseq, rseq_cs)
FIELD(Futex, Rseq, flags, struct rseq, flags)

SIZE(Futex, RseqCs, struct rseq_cs)
FIELD(Futex, RseqCs, version, struct rseq_cs, version)
FIELD(Futex, RseqCs, flags, struct rseq_cs, flags)
FIELD(Futex, RseqCs, start_ip, struct rseq_cs, start_ip)
FIELD(Futex, RseqCs, post_commit_offset, struct rseq_cs, post_commit_offset)
FIELD(Futex, RseqCs, abort_ip, struct rseq_cs, abort_ip)
