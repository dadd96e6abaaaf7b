// SPDX-License-Identifier: Apache-2.0

#include <linux/falloc.h>
#include <linux/types.h>
#include <linux/fcntl.h>
// include/linux/splice.h and include/linux/eventfd.h, in no header that user space sees.
#define SPLICE_F_MOVE 1
#define SPLICE_F_NONBLOCK 2
#define SPLICE_F_MORE 4
#define SPLICE_F_GIFT 8
#define EFD_SEMAPHORE 1
#define MAX_HANDLE_SZ 128 // include/linux/exportfs.h
struct file_handle { __u32 handle_bytes; int handle_type; unsigned char f_handle[]; };

#include "layout.h"

CONST(Pipe, SPLICE_F_MOVE)
CONST(Pipe, SPLICE_F_NONBLOCK)
CONST(Pipe, SPLICE_F_MORE)
CONST(Pipe, SPLICE_F_GIFT)
CONST(Pipe, EFD_SEMAPHORE)
CONST(Pipe, FALLOC_FL_KEEP_SIZE)
CONST(Pipe, FALLOC_FL_PUNCH_HOLE)
CONST(Pipe, FALLOC_FL_COLLAPSE_RANGE)
CONST(Pipe, FALLOC_FL_ZERO_RANGE)
CONST(Pipe, FALLOC_FL_INSERT_RANGE)
CONST(Pipe, FALLOC_FL_UNSHARE_RANGE)
CONST(Pipe, MAX_HANDLE_SZ)

SIZE(Pipe, FileHandle, struct file_handle)
FIELD(Pipe, FileHandle, handle_bytes, struct file_handle, handle_bytes)
FIELD(Pipe, FileHandle, handle_type, struct file_handle, handle_type)
FIELD(Pipe, FileHandle, f_handle, struct file_handle, f_handle)
