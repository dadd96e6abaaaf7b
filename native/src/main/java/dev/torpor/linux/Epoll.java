// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * Epoll, inotify and fanotify. Constants from the headers of these names under include/uapi/linux.
 */
public final class Epoll {

  // include/uapi/linux/eventpoll.h.
  public static final int EPOLL_CTL_ADD = 1;
  public static final int EPOLL_CTL_DEL = 2;
  public static final int EPOLL_CTL_MOD = 3;
  public static final int EPOLL_CLOEXEC = 524288;
  public static final long EPOLLIN = 0x1L;
  public static final long EPOLLPRI = 0x2L;
  public static final long EPOLLOUT = 0x4L;
  public static final long EPOLLERR = 0x8L;
  public static final long EPOLLHUP = 0x10L;
  public static final long EPOLLRDHUP = 0x2000L;
  public static final long EPOLLEXCLUSIVE = 0x10000000L;
  public static final long EPOLLWAKEUP = 0x20000000L;
  public static final long EPOLLONESHOT = 0x40000000L;
  public static final long EPOLLET = 0x80000000L;

  // Since Linux 6.9.
  public static final int EPIOCSPARAMS = 0x40088a01;
  public static final long EPIOCGPARAMS = 0x80088a02L;

  // include/uapi/linux/inotify.h; INOTIFY_IOC_SETNEXTWD since Linux 4.16.
  public static final int IN_ACCESS = 0x1;
  public static final int IN_MODIFY = 0x2;
  public static final int IN_ATTRIB = 0x4;
  public static final int IN_CLOSE_WRITE = 0x8;
  public static final int IN_CLOSE_NOWRITE = 0x10;
  public static final int IN_OPEN = 0x20;
  public static final int IN_MOVED_FROM = 0x40;
  public static final int IN_MOVED_TO = 0x80;
  public static final int IN_CREATE = 0x100;
  public static final int IN_DELETE = 0x200;
  public static final int IN_DELETE_SELF = 0x400;
  public static final int IN_MOVE_SELF = 0x800;
  public static final int IN_UNMOUNT = 0x2000;
  public static final int IN_Q_OVERFLOW = 0x4000;
  public static final int IN_IGNORED = 0x8000;
  public static final int IN_ONLYDIR = 0x1000000;
  public static final int IN_DONT_FOLLOW = 0x2000000;
  public static final int IN_EXCL_UNLINK = 0x4000000;
  public static final int IN_MASK_CREATE = 0x10000000;
  public static final int IN_MASK_ADD = 0x20000000;
  public static final int IN_ISDIR = 0x40000000;
  public static final long IN_ONESHOT = 0x80000000L;
  public static final int IN_ALL_EVENTS = 0xfff;
  public static final int IN_CLOEXEC = 0x80000;
  public static final int IN_NONBLOCK = 0x800;
  public static final int INOTIFY_IOC_SETNEXTWD = 0x40044900;

  // include/uapi/linux/fanotify.h.
  public static final int FAN_CLOEXEC = 0x1;
  public static final int FAN_NONBLOCK = 0x2;
  public static final int FAN_CLASS_NOTIF = 0x0;
  public static final int FAN_CLASS_CONTENT = 0x4;
  public static final int FAN_CLASS_PRE_CONTENT = 0x8;
  public static final int FAN_UNLIMITED_QUEUE = 0x10;
  public static final int FAN_UNLIMITED_MARKS = 0x20;
  public static final int FAN_REPORT_FID = 0x200;
  public static final int FAN_REPORT_DIR_FID = 0x400;
  public static final int FAN_REPORT_TARGET_FID = 0x1000;
  public static final int FAN_OPEN_PERM = 0x10000;
  public static final int FAN_ACCESS_PERM = 0x20000;
  public static final int FAN_OPEN_EXEC_PERM = 0x40000;
  public static final int FAN_EVENT_ON_CHILD = 0x8000000;
  public static final int FAN_MARK_ADD = 0x1;
  public static final int FAN_MARK_REMOVE = 0x2;
  public static final int FAN_MARK_DONT_FOLLOW = 0x4;
  public static final int FAN_MARK_ONLYDIR = 0x8;
  public static final int FAN_MARK_INODE = 0x0;
  public static final int FAN_MARK_MOUNT = 0x10;
  public static final int FAN_MARK_FILESYSTEM = 0x100;
  public static final int FAN_MARK_IGNORED_MASK = 0x20;
  public static final int FAN_MARK_IGNORED_SURV_MODIFY = 0x40;
  public static final int FAN_MARK_FLUSH = 0x80;
  // Since Linux 5.19 and 6.0.
  public static final int FAN_MARK_EVICTABLE = 0x200;
  public static final int FAN_MARK_IGNORE = 0x400;

  private Epoll() {}

  /** Offsets within {@code struct epoll_event}, packed on x86-64. */
  public static final class EpollEvent {
    public static final int SIZEOF = 12;
    public static final int events = 0;
    public static final int data = 4;

    private EpollEvent() {}
  }

  /** Offsets within {@code struct epoll_params}, since Linux 6.9. */
  public static final class EpollParams {
    public static final int SIZEOF = 8;
    public static final int busy_poll_usecs = 0;
    public static final int busy_poll_budget = 4;
    public static final int prefer_busy_poll = 6;

    private EpollParams() {}
  }

  /** Offsets within {@code struct inotify_event}. */
  public static final class InotifyEvent {
    public static final int SIZEOF = 16;
    public static final int wd = 0;
    public static final int mask = 4;
    public static final int cookie = 8;
    public static final int len = 12;
    public static final int name = 16;

    private InotifyEvent() {}
  }
}
