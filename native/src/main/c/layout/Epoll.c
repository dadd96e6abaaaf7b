// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/fcntl.h>
#include <linux/ioctl.h>
#include <linux/eventpoll.h>
#include <linux/inotify.h>
#include <linux/fanotify.h>

#ifndef EPIOCSPARAMS
struct epoll_params { // not in the 6.1 headers: since Linux 6.9
	__u32 busy_poll_usecs;
	__u16 busy_poll_budget;
	__u8 prefer_busy_poll;
	__u8 __pad;
};
#define EPIOCSPARAMS _IOW(0x8A, 0x01, struct epoll_params)
#define EPIOCGPARAMS _IOR(0x8A, 0x02, struct epoll_params)
#endif

#include "layout.h"

CONST(Epoll, EPOLL_CTL_ADD)
CONST(Epoll, EPOLL_CTL_DEL)
CONST(Epoll, EPOLL_CTL_MOD)
CONST(Epoll, EPOLL_CLOEXEC)
CONST(Epoll, EPOLLIN)
CONST(Epoll, EPOLLPRI)
CONST(Epoll, EPOLLOUT)
CONST(Epoll, EPOLLERR)
CONST(Epoll, EPOLLHUP)
CONST(Epoll, EPOLLRDHUP)
CONST(Epoll, EPOLLEXCLUSIVE)
CONST(Epoll, EPOLLWAKEUP)
CONST(Epoll, EPOLLONESHOT)
CONST(Epoll, EPOLLET)
CONST(Epoll, EPIOCSPARAMS)
CONST(Epoll, EPIOCGPARAMS)
CONST(Epoll, IN_ACCESS)
CONST(Epoll, IN_MODIFY)
CONST(Epoll, IN_ATTRIB)
CONST(Epoll, IN_CLOSE_WRITE)
CONST(Epoll, IN_CLOSE_NOWRITE)
CONST(Epoll, IN_OPEN)
CONST(Epoll, IN_MOVED_FROM)
CONST(Epoll, IN_MOVED_TO)
CONST(Epoll, IN_CREATE)
CONST(Epoll, IN_DELETE)
CONST(Epoll, IN_DELETE_SELF)
CONST(Epoll, IN_MOVE_SELF)
CONST(Epoll, IN_UNMOUNT)
CONST(Epoll, IN_Q_OVERFLOW)
CONST(Epoll, IN_IGNORED)
CONST(Epoll, IN_ONLYDIR)
CONST(Epoll, IN_DONT_FOLLOW)
CONST(Epoll, IN_EXCL_UNLINK)
CONST(Epoll, IN_MASK_CREATE)
CONST(Epoll, IN_MASK_ADD)
CONST(Epoll, IN_ISDIR)
CONST(Epoll, IN_ONESHOT)
CONST(Epoll, IN_ALL_EVENTS)
CONST(Epoll, IN_CLOEXEC)
CONST(Epoll, IN_NONBLOCK)
CONST(Epoll, INOTIFY_IOC_SETNEXTWD)
CONST(Epoll, FAN_CLOEXEC)
CONST(Epoll, FAN_NONBLOCK)
CONST(Epoll, FAN_CLASS_NOTIF)
CONST(Epoll, FAN_CLASS_CONTENT)
CONST(Epoll, FAN_CLASS_PRE_CONTENT)
CONST(Epoll, FAN_UNLIMITED_QUEUE)
CONST(Epoll, FAN_UNLIMITED_MARKS)
CONST(Epoll, FAN_REPORT_FID)
CONST(Epoll, FAN_REPORT_DIR_FID)
CONST(Epoll, FAN_REPORT_TARGET_FID)
CONST(Epoll, FAN_OPEN_PERM)
CONST(Epoll, FAN_ACCESS_PERM)
CONST(Epoll, FAN_OPEN_EXEC_PERM)
CONST(Epoll, FAN_EVENT_ON_CHILD)
CONST(Epoll, FAN_MARK_ADD)
CONST(Epoll, FAN_MARK_EVICTABLE)
CONST(Epoll, FAN_MARK_IGNORE)
CONST(Epoll, FAN_MARK_REMOVE)
CONST(Epoll, FAN_MARK_DONT_FOLLOW)
CONST(Epoll, FAN_MARK_ONLYDIR)
CONST(Epoll, FAN_MARK_INODE)
CONST(Epoll, FAN_MARK_MOUNT)
CONST(Epoll, FAN_MARK_FILESYSTEM)
CONST(Epoll, FAN_MARK_IGNORED_MASK)
CONST(Epoll, FAN_MARK_IGNORED_SURV_MODIFY)
CONST(Epoll, FAN_MARK_FLUSH)

SIZE(Epoll, EpollEvent, struct epoll_event)
FIELD(Epoll, EpollEvent, events, struct epoll_event, events)
FIELD(Epoll, EpollEvent, data, struct epoll_event, data)

SIZE(Epoll, EpollParams, struct epoll_params)
FIELD(Epoll, EpollParams, busy_poll_usecs, struct epoll_params, busy_poll_usecs)
FIELD(Epoll, EpollParams, busy_poll_budget, struct epoll_params, busy_poll_budget)
FIELD(Epoll, EpollParams, prefer_busy_poll, struct epoll_params, prefer_busy_poll)

SIZE(Epoll, InotifyEvent, struct inotify_event)
FIELD(Epoll, InotifyEvent, wd, struct inotify_event, wd)
FIELD(Epoll, InotifyEvent, mask, struct inotify_event, mask)
FIELD(Epoll, InotifyEvent, cookie, struct inotify_event, cookie)
FIELD(Epoll, InotifyEvent, len, struct inotify_event, len)
FIELD(Epoll, InotifyEvent, name, struct inotify_event, name)
