// SPDX-License-Identifier: Apache-2.0

#include <linux/aio_abi.h>

#include "layout.h"

CONST(Aio, IOCB_CMD_PREAD)

SIZE(Aio, Iocb, struct iocb)
FIELD(Aio, Iocb, aio_lio_opcode, struct iocb, aio_lio_opcode)
FIELD(Aio, Iocb, aio_fildes, struct iocb, aio_fildes)
FIELD(Aio, Iocb, aio_nbytes, struct iocb, aio_nbytes)

SIZE(Aio, IoEvent, struct io_event)
