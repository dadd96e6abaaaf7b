// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.Epoll;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.Mount;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Seccomp;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Time;
import dev.torpor.linux.Unistd;

/** Features that one system call or two tell of. */
final class CallProbes {
  private static final String TUN_DEVICE = "/dev/net/tun";

  private CallProbes() {}

  /** Calls with arguments that no kernel takes: everything but ENOSYS means that it is there. */
  static String known(long number, String name, String needs) {
    long result = Syscall.raw(number, -1, -1, -1, -1, -1, -1);
    return result == -Errno.ENOSYS.number() ? name + " is missing: " + needs + " is needed" : null;
  }

  private static String unlessErrno(long result, Errno expected, String what, String needs) {
    return result == -expected.number()
        ? null
        : what
            + (result < 0 ? " gave " + Errno.describe((int) -result) : " did not fail")
            + ": "
            + needs
            + " is needed";
  }

  static String timerfdTicks() {
    int fd = (int) Syscall.raw(Nr.SYS_timerfd_create, Time.CLOCK_MONOTONIC, Fcntl.O_CLOEXEC);
    if (fd < 0) {
      return "timerfd_create is missing: CONFIG_TIMERFD is needed";
    }
    try {
      long result = Syscall.raw(Nr.SYS_ioctl, fd, Time.TFD_IOC_SET_TICKS, 0);
      return unlessErrno(result, Errno.EFAULT, "TFD_IOC_SET_TICKS", "Linux 3.17");
    } finally {
      Unistd.close(fd);
    }
  }

  static String tun() {
    int fd = Fcntl.open(TUN_DEVICE, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
    try {
      Ioctl.getInt(fd, Ioctl.TUNGETFEATURES, "TUNGETFEATURES");
      return null;
    } finally {
      Unistd.close(fd);
    }
  }

  static String tunNamespace() {
    int fd = Fcntl.open(TUN_DEVICE, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
    try {
      Unistd.close(Ioctl.ioctl(fd, Ioctl.SIOCGSKNS, "SIOCGSKNS", 0));
      return null;
    } finally {
      Unistd.close(fd);
    }
  }

  /** A file system context is made, which loads the module if there is one; nothing is mounted. */
  static String autofs() {
    Unistd.close(Mount.fsopen("autofs", Mount.FSOPEN_CLOEXEC));
    return null;
  }

  /** EEXIST: this process has its vdso, and one is all it can have. */
  static String mapVdso() {
    long result = Syscall.raw(Nr.SYS_arch_prctl, Prctl.ARCH_MAP_VDSO_64, 0);
    return unlessErrno(result, Errno.EEXIST, "ARCH_MAP_VDSO_64", "CONFIG_CHECKPOINT_RESTORE");
  }

  static String compatVdso() {
    long result = Syscall.raw(Nr.SYS_arch_prctl, Prctl.ARCH_MAP_VDSO_32, 0);
    return unlessErrno(result, Errno.EEXIST, "ARCH_MAP_VDSO_32", "CONFIG_IA32_EMULATION");
  }

  static String kcmpEpoll() {
    int[] pipe = Unistd.pipe2(Fcntl.O_CLOEXEC);
    int epoll = (int) Syscall.raw(Nr.SYS_epoll_create1, Epoll.EPOLL_CLOEXEC);
    try (NativeMemory event = NativeMemory.allocate(Epoll.EpollEvent.SIZEOF);
        NativeMemory slot = NativeMemory.allocate(Kcmp.EpollSlot.SIZEOF)) {
      Syscall.raw(Nr.SYS_epoll_ctl, epoll, Epoll.EPOLL_CTL_ADD, pipe[0], event.zero().address());
      slot.putInt(Kcmp.EpollSlot.toff, 0);
      slot.putInt(Kcmp.EpollSlot.efd, epoll).putInt(Kcmp.EpollSlot.tfd, pipe[0]);
      int self = Unistd.getpid();
      int order = Kcmp.kcmp(self, self, Kcmp.KCMP_EPOLL_TFD, pipe[0], slot.address());
      return order == 0 ? null : "kcmp does not find a file in the epoll that has it";
    } finally {
      Unistd.close(epoll);
      Unistd.close(pipe[0]);
      Unistd.close(pipe[1]);
    }
  }

  /** The array of ids is read from nowhere: a kernel that looks for one gives EFAULT. */
  static String clone3SetTid() {
    try (NativeMemory args = NativeMemory.allocate(Sched.CloneArgs.SIZEOF)) {
      args.zero();
      args.putLong(Sched.CloneArgs.exit_signal, Signal.SIGCHLD);
      args.putLong(Sched.CloneArgs.set_tid, -1).putLong(Sched.CloneArgs.set_tid_size, 1);
      long result = Syscall.raw(Nr.SYS_clone3, args.address(), args.lengthBytes());
      return unlessErrno(result, Errno.EFAULT, "clone3 with set_tid", "Linux 5.5");
    }
  }

  static String pidfdGetfd() {
    int pidfd = Pidfd.pidfdOpen(Unistd.getpid(), 0);
    try {
      Unistd.close(Pidfd.pidfdGetfd(pidfd, pidfd));
      return null;
    } finally {
      Unistd.close(pidfd);
    }
  }

  /** The flag is looked at before the descriptors, which are none. */
  static String mountSetGroup() {
    try (NativeMemory empty = NativeMemory.ofString("")) {
      long name = empty.address();
      int flags =
          Mount.MOVE_MOUNT_SET_GROUP
              | Mount.MOVE_MOUNT_F_EMPTY_PATH
              | Mount.MOVE_MOUNT_T_EMPTY_PATH;
      long result = Syscall.raw(Nr.SYS_move_mount, -1, name, -1, name, flags);
      return unlessErrno(result, Errno.EBADF, "MOVE_MOUNT_SET_GROUP", "Linux 5.15");
    }
  }

  static String openat2() {
    int flags = Fcntl.O_PATH | Fcntl.O_CLOEXEC;
    Unistd.close(Fcntl.openat2(Fcntl.AT_FDCWD, "/", flags, 0, Fcntl.RESOLVE_NO_MAGICLINKS));
    return null;
  }

  /**
   * PTRACE_SECCOMP_GET_FILTER gives EINVAL both for a task without filters and for a kernel that
   * lacks one of its two options, so the options are looked for: a filter at no address is EFAULT.
   */
  static String seccompFilters() {
    long result = Syscall.raw(Nr.SYS_prctl, Prctl.PR_SET_SECCOMP, Seccomp.SECCOMP_MODE_FILTER, 0);
    String missing = unlessErrno(result, Errno.EFAULT, "a seccomp filter", "CONFIG_SECCOMP_FILTER");
    return missing == null ? ProcProbes.memoryMap() : missing;
  }

  static String timerIds() {
    Prctl.prctl(
        Prctl.PR_TIMER_CREATE_RESTORE_IDS,
        "PR_TIMER_CREATE_RESTORE_IDS",
        Prctl.PR_TIMER_CREATE_RESTORE_IDS_GET,
        0,
        0,
        0);
    return null;
  }
}
