// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/mqueue.h>

#include "layout.h"

CONST(Mqueue, MQ_PRIO_MAX)

SIZE(Mqueue, MqAttr, struct mq_attr)
FIELD(Mqueue, MqAttr, mq_maxmsg, struct mq_attr, mq_maxmsg)
FIELD(Mqueue, MqAttr, mq_msgsize, struct mq_attr, mq_msgsize)
FIELD(Mqueue, MqAttr, mq_curmsgs, struct mq_attr, mq_curmsgs)
