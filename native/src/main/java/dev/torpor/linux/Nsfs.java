// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** What a namespace's descriptor can be asked. Constants from include/uapi/linux/nsfs.h. */
public final class Nsfs {

  // USERNS and PARENT since Linux 4.9, NSTYPE and OWNER_UID since 4.11, pids and mount namespaces
  // since 6.11.
  public static final int NS_GET_USERNS = 0xb701;
  public static final int NS_GET_PARENT = 0xb702;
  public static final int NS_GET_NSTYPE = 0xb703;
  public static final int NS_GET_OWNER_UID = 0xb704;
  public static final long NS_GET_MNTNS_ID = 0x8008b705L;
  public static final long NS_GET_PID_FROM_PIDNS = 0x8004b706L;
  public static final long NS_GET_TGID_FROM_PIDNS = 0x8004b707L;
  public static final long NS_GET_PID_IN_PIDNS = 0x8004b708L;
  public static final long NS_GET_TGID_IN_PIDNS = 0x8004b709L;

  private Nsfs() {}

  /** The user namespace that owns this one, as a new descriptor. */
  public static int getUserns(int fd) {
    return Ioctl.ioctl(fd, NS_GET_USERNS, "NS_GET_USERNS", 0);
  }

  /** The parent of a pid or user namespace, as a new descriptor; EPERM above one's own. */
  public static int getParent(int fd) {
    return Ioctl.ioctl(fd, NS_GET_PARENT, "NS_GET_PARENT", 0);
  }

  /** Which CLONE_NEW* this namespace is. */
  public static int getType(int fd) {
    return Ioctl.ioctl(fd, NS_GET_NSTYPE, "NS_GET_NSTYPE", 0);
  }

  /**
   * Who has a number in a pid namespace, as numbered in the caller's.
   *
   * @return 0 if no process or thread has it, or the kernel does not tell (before Linux 6.11)
   */
  public static int pidFrom(int fd, int pid) {
    long result = Syscall.raw(Nr.SYS_ioctl, fd, NS_GET_PID_FROM_PIDNS, pid);
    return result < 0 ? 0 : (int) result;
  }

  /** The uid that owns a user namespace. */
  public static int getOwnerUid(int fd) {
    return Ioctl.getInt(fd, NS_GET_OWNER_UID, "NS_GET_OWNER_UID");
  }
}
