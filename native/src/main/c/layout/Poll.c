// SPDX-License-Identifier: Apache-2.0

#include <linux/poll.h>

#include "layout.h"

CONST(Poll, POLLIN)
CONST(Poll, POLLPRI)
CONST(Poll, POLLOUT)
CONST(Poll, POLLERR)
CONST(Poll, POLLHUP)
CONST(Poll, POLLNVAL)
CONST(Poll, POLLRDHUP)

SIZE(Poll, Pollfd, struct pollfd)
FIELD(Poll, Pollfd, fd, struct pollfd, fd)
FIELD(Poll, Pollfd, events, struct pollfd, events)
FIELD(Poll, Pollfd, revents, struct pollfd, revents)
