// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/time.h>
#include <linux/resource.h>
#include <linux/ioprio.h>

#include "layout.h"

CONST(Resource, RLIMIT_CPU)
CONST(Resource, RLIMIT_FSIZE)
CONST(Resource, RLIMIT_DATA)
CONST(Resource, RLIMIT_STACK)
CONST(Resource, RLIMIT_CORE)
CONST(Resource, RLIMIT_RSS)
CONST(Resource, RLIMIT_NPROC)
CONST(Resource, RLIMIT_NOFILE)
CONST(Resource, RLIMIT_MEMLOCK)
CONST(Resource, RLIMIT_AS)
CONST(Resource, RLIMIT_LOCKS)
CONST(Resource, RLIMIT_SIGPENDING)
CONST(Resource, RLIMIT_MSGQUEUE)
CONST(Resource, RLIMIT_NICE)
CONST(Resource, RLIMIT_RTPRIO)
CONST(Resource, RLIMIT_RTTIME)
CONST(Resource, RLIM_NLIMITS)
VALUE(Resource, RLIM_INFINITY, (__s64)RLIM64_INFINITY)
CONST(Resource, PRIO_PROCESS)
CONST(Resource, PRIO_PGRP)
CONST(Resource, PRIO_USER)
CONST(Resource, IOPRIO_CLASS_SHIFT)
CONST(Resource, IOPRIO_CLASS_NONE)
CONST(Resource, IOPRIO_CLASS_RT)
CONST(Resource, IOPRIO_CLASS_BE)
CONST(Resource, IOPRIO_CLASS_IDLE)
CONST(Resource, IOPRIO_WHO_PROCESS)
CONST(Resource, IOPRIO_WHO_PGRP)
CONST(Resource, IOPRIO_WHO_USER)

SIZE(Resource, Rlimit64, struct rlimit64)
FIELD(Resource, Rlimit64, rlim_cur, struct rlimit64, rlim_cur)
FIELD(Resource, Rlimit64, rlim_max, struct rlimit64, rlim_max)
