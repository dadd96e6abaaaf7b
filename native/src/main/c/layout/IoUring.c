// SPDX-License-Identifier: Apache-2.0

#include <linux/io_uring.h>
#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14) // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef IORING_SETUP_REGISTERED_FD_ONLY
#define IORING_SETUP_REGISTERED_FD_ONLY (1U << 15) // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef IORING_SETUP_NO_SQARRAY
#define IORING_SETUP_NO_SQARRAY (1U << 16) // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef IORING_SETUP_HYBRID_IOPOLL
#define IORING_SETUP_HYBRID_IOPOLL (1U << 17) // not in the 6.1 headers: since Linux 6.13
#endif

#include "layout.h"

CONST(IoUring, IORING_SETUP_IOPOLL)
CONST(IoUring, IORING_SETUP_SQPOLL)
CONST(IoUring, IORING_SETUP_SQ_AFF)
CONST(IoUring, IORING_SETUP_CQSIZE)
CONST(IoUring, IORING_SETUP_CLAMP)
CONST(IoUring, IORING_SETUP_ATTACH_WQ)
CONST(IoUring, IORING_SETUP_R_DISABLED)
CONST(IoUring, IORING_SETUP_SUBMIT_ALL)
CONST(IoUring, IORING_SETUP_COOP_TASKRUN)
CONST(IoUring, IORING_SETUP_TASKRUN_FLAG)
CONST(IoUring, IORING_SETUP_SQE128)
CONST(IoUring, IORING_SETUP_CQE32)
CONST(IoUring, IORING_SETUP_SINGLE_ISSUER)
CONST(IoUring, IORING_SETUP_DEFER_TASKRUN)
CONST(IoUring, IORING_SETUP_NO_MMAP)
CONST(IoUring, IORING_SETUP_REGISTERED_FD_ONLY)
CONST(IoUring, IORING_SETUP_NO_SQARRAY)
CONST(IoUring, IORING_SETUP_HYBRID_IOPOLL)
CONST(IoUring, IORING_OFF_SQ_RING)
CONST(IoUring, IORING_OFF_CQ_RING)
CONST(IoUring, IORING_OFF_SQES)
CONST(IoUring, IOSQE_CQE_SKIP_SUCCESS)
SIZE(IoUring, Params, struct io_uring_params)
FIELD(IoUring, Params, sq_entries, struct io_uring_params, sq_entries)
FIELD(IoUring, Params, cq_entries, struct io_uring_params, cq_entries)
FIELD(IoUring, Params, flags, struct io_uring_params, flags)
FIELD(IoUring, Params, sq_off, struct io_uring_params, sq_off)
FIELD(IoUring, Params, cq_off, struct io_uring_params, cq_off)
SIZE(IoUring, SqOffsets, struct io_sqring_offsets)
FIELD(IoUring, SqOffsets, head, struct io_sqring_offsets, head)
FIELD(IoUring, SqOffsets, tail, struct io_sqring_offsets, tail)
FIELD(IoUring, SqOffsets, flags, struct io_sqring_offsets, flags)
SIZE(IoUring, CqOffsets, struct io_cqring_offsets)
FIELD(IoUring, CqOffsets, head, struct io_cqring_offsets, head)
FIELD(IoUring, CqOffsets, tail, struct io_cqring_offsets, tail)
SIZE(IoUring, Sqe, struct io_uring_sqe)
FIELD(IoUring, Sqe, flags, struct io_uring_sqe, flags)
