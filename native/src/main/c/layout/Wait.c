// SPDX-License-Identifier: Apache-2.0

#include <linux/wait.h>

#include "layout.h"

CONST(Wait, WNOHANG)
CONST(Wait, WUNTRACED)
CONST(Wait, WSTOPPED)
CONST(Wait, WEXITED)
CONST(Wait, WCONTINUED)
CONST(Wait, WNOWAIT)
CONST(Wait, __WNOTHREAD)
CONST(Wait, __WALL)
CONST(Wait, __WCLONE)
CONST(Wait, P_ALL)
CONST(Wait, P_PID)
CONST(Wait, P_PGID)
CONST(Wait, P_PIDFD)
