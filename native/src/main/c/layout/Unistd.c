// SPDX-License-Identifier: Apache-2.0

#include <linux/fs.h>
#include <linux/fcntl.h>
#include <linux/close_range.h>
#include <linux/limits.h>

#include "layout.h"

CONST(Unistd, SEEK_SET)
CONST(Unistd, SEEK_CUR)
CONST(Unistd, SEEK_END)
CONST(Unistd, SEEK_DATA)
CONST(Unistd, SEEK_HOLE)
CONST(Unistd, CLOSE_RANGE_UNSHARE)
CONST(Unistd, CLOSE_RANGE_CLOEXEC)
CONST(Unistd, RENAME_NOREPLACE)
CONST(Unistd, RENAME_EXCHANGE)
CONST(Unistd, RENAME_WHITEOUT)
CONST(Unistd, RWF_HIPRI)
CONST(Unistd, RWF_DSYNC)
CONST(Unistd, RWF_SYNC)
CONST(Unistd, RWF_NOWAIT)
CONST(Unistd, RWF_APPEND)
CONST(Unistd, PATH_MAX)
CONST(Unistd, NAME_MAX)
