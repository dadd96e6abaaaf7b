// SPDX-License-Identifier: Apache-2.0

#include <linux/kcmp.h>

#include "layout.h"

CONST(Kcmp, KCMP_FILE)
CONST(Kcmp, KCMP_VM)
CONST(Kcmp, KCMP_FILES)
CONST(Kcmp, KCMP_FS)
CONST(Kcmp, KCMP_SIGHAND)
CONST(Kcmp, KCMP_IO)
CONST(Kcmp, KCMP_SYSVSEM)
CONST(Kcmp, KCMP_EPOLL_TFD)

SIZE(Kcmp, EpollSlot, struct kcmp_epoll_slot)
FIELD(Kcmp, EpollSlot, efd, struct kcmp_epoll_slot, efd)
FIELD(Kcmp, EpollSlot, tfd, struct kcmp_epoll_slot, tfd)
FIELD(Kcmp, EpollSlot, toff, struct kcmp_epoll_slot, toff)
