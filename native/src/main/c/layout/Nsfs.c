// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/nsfs.h>
#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID _IOR(0xb7,0x5,__u64) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS _IOR(0xb7,0x6,int) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef NS_GET_TGID_FROM_PIDNS
#define NS_GET_TGID_FROM_PIDNS _IOR(0xb7,0x7,int) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef NS_GET_PID_IN_PIDNS
#define NS_GET_PID_IN_PIDNS _IOR(0xb7,0x8,int) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef NS_GET_TGID_IN_PIDNS
#define NS_GET_TGID_IN_PIDNS _IOR(0xb7,0x9,int) // not in the 6.1 headers: since Linux 6.11
#endif

#include "layout.h"

CONST(Nsfs, NS_GET_USERNS)
CONST(Nsfs, NS_GET_PARENT)
CONST(Nsfs, NS_GET_NSTYPE)
CONST(Nsfs, NS_GET_OWNER_UID)
CONST(Nsfs, NS_GET_MNTNS_ID)
CONST(Nsfs, NS_GET_PID_FROM_PIDNS)
CONST(Nsfs, NS_GET_TGID_FROM_PIDNS)
CONST(Nsfs, NS_GET_PID_IN_PIDNS)
CONST(Nsfs, NS_GET_TGID_IN_PIDNS)
