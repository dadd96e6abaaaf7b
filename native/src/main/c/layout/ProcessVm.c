// SPDX-License-Identifier: Apache-2.0

#include <linux/uio.h>

#include "layout.h"

CONST(ProcessVm, UIO_MAXIOV)

SIZE(ProcessVm, Iovec, struct iovec)
FIELD(ProcessVm, Iovec, iov_base, struct iovec, iov_base)
FIELD(ProcessVm, Iovec, iov_len, struct iovec, iov_len)
