// SPDX-License-Identifier: Apache-2.0

#include <linux/fcntl.h>
#include <linux/pidfd.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL // not in the 6.1 headers: since Linux 6.9
#endif
#ifndef PIDFD_SIGNAL_THREAD
#define PIDFD_SIGNAL_THREAD 1 // not in the 6.1 headers: since Linux 6.9
#endif
#ifndef PIDFD_SIGNAL_THREAD_GROUP
#define PIDFD_SIGNAL_THREAD_GROUP 2 // not in the 6.1 headers: since Linux 6.9
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP 4 // not in the 6.1 headers: since Linux 6.9
#endif
#ifndef PIDFD_GET_CGROUP_NAMESPACE
#define PIDFD_GET_CGROUP_NAMESPACE _IO(0xFF,1) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_IPC_NAMESPACE
#define PIDFD_GET_IPC_NAMESPACE _IO(0xFF,2) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_MNT_NAMESPACE
#define PIDFD_GET_MNT_NAMESPACE _IO(0xFF,3) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_NET_NAMESPACE
#define PIDFD_GET_NET_NAMESPACE _IO(0xFF,4) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_PID_NAMESPACE
#define PIDFD_GET_PID_NAMESPACE _IO(0xFF,5) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE
#define PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE _IO(0xFF,6) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_TIME_NAMESPACE
#define PIDFD_GET_TIME_NAMESPACE _IO(0xFF,7) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE
#define PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE _IO(0xFF,8) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_USER_NAMESPACE
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF,9) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_UTS_NAMESPACE
#define PIDFD_GET_UTS_NAMESPACE _IO(0xFF,10) // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef PIDFD_GET_INFO
// Not in the 6.1 headers: since Linux 6.13, exit_code and PIDFD_INFO_EXIT since 6.15.
struct pidfd_info {
	__u64 mask;
	__u64 cgroupid;
	__u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	__s32 exit_code;
};
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT (1UL << 3)
#endif

#include "layout.h"

CONST(Pidfd, PIDFD_NONBLOCK)
CONST(Pidfd, PIDFD_THREAD)
CONST(Pidfd, PIDFD_SIGNAL_THREAD)
CONST(Pidfd, PIDFD_SIGNAL_THREAD_GROUP)
CONST(Pidfd, PIDFD_SIGNAL_PROCESS_GROUP)
CONST(Pidfd, PIDFD_GET_CGROUP_NAMESPACE)
CONST(Pidfd, PIDFD_GET_IPC_NAMESPACE)
CONST(Pidfd, PIDFD_GET_MNT_NAMESPACE)
CONST(Pidfd, PIDFD_GET_NET_NAMESPACE)
CONST(Pidfd, PIDFD_GET_PID_NAMESPACE)
CONST(Pidfd, PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE)
CONST(Pidfd, PIDFD_GET_TIME_NAMESPACE)
CONST(Pidfd, PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE)
CONST(Pidfd, PIDFD_GET_USER_NAMESPACE)
CONST(Pidfd, PIDFD_GET_UTS_NAMESPACE)
// As long as it was at first.
VALUE(Pidfd, PIDFD_GET_INFO, (int)_IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, 64))
CONST(Pidfd, PIDFD_INFO_EXIT)
ROW("Pidfd$PidfdInfo.SIZEOF", 64)
FIELD(Pidfd, PidfdInfo, mask, struct pidfd_info, mask)
FIELD(Pidfd, PidfdInfo, exit_code, struct pidfd_info, exit_code)
