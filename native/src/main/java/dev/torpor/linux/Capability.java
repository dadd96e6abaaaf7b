// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** capget(2) of any task; capability numbers. include/uapi/linux/capability.h, securebits.h. */
public final class Capability {

  public static final int _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
  public static final int _LINUX_CAPABILITY_U32S_3 = 0x2;

  // CAP_CHECKPOINT_RESTORE since Linux 5.9.
  public static final int CAP_CHOWN = 0;
  public static final int CAP_DAC_OVERRIDE = 1;
  public static final int CAP_DAC_READ_SEARCH = 2;
  public static final int CAP_FOWNER = 3;
  public static final int CAP_FSETID = 4;
  public static final int CAP_KILL = 5;
  public static final int CAP_SETGID = 6;
  public static final int CAP_SETUID = 7;
  public static final int CAP_SETPCAP = 8;
  public static final int CAP_NET_BIND_SERVICE = 10;
  public static final int CAP_NET_ADMIN = 12;
  public static final int CAP_NET_RAW = 13;
  public static final int CAP_IPC_LOCK = 14;
  public static final int CAP_IPC_OWNER = 15;
  public static final int CAP_SYS_CHROOT = 18;
  public static final int CAP_SYS_PTRACE = 19;
  public static final int CAP_SYS_ADMIN = 21;
  public static final int CAP_SYS_NICE = 23;
  public static final int CAP_SYS_RESOURCE = 24;
  public static final int CAP_SYS_TIME = 25;
  public static final int CAP_SYS_TTY_CONFIG = 26;
  public static final int CAP_MKNOD = 27;
  public static final int CAP_AUDIT_CONTROL = 30;
  public static final int CAP_SETFCAP = 31;
  public static final int CAP_PERFMON = 38;
  public static final int CAP_BPF = 39;
  public static final int CAP_CHECKPOINT_RESTORE = 40;
  public static final int CAP_LAST_CAP = 40;
  public static final int SECBIT_NOROOT = 0x1;
  public static final int SECBIT_NO_SETUID_FIXUP = 0x4;
  public static final int SECBIT_KEEP_CAPS = 0x10;

  // personality(2), include/uapi/linux/personality.h.
  public static final int PER_LINUX = 0x0;
  public static final int PER_LINUX32 = 0x8;
  public static final int UNAME26 = 0x20000;
  public static final int ADDR_NO_RANDOMIZE = 0x40000;
  public static final int MMAP_PAGE_ZERO = 0x100000;
  public static final int ADDR_COMPAT_LAYOUT = 0x200000;
  public static final int READ_IMPLIES_EXEC = 0x400000;
  public static final int ADDR_LIMIT_32BIT = 0x800000;
  public static final int ADDR_LIMIT_3GB = 0x8000000;
  public static final int SHORT_INODE = 0x1000000;
  public static final int WHOLE_SECONDS = 0x2000000;
  public static final int STICKY_TIMEOUTS = 0x4000000;
  public static final int FDPIC_FUNCPTRS = 0x80000;
  public static final int PER_MASK = 0xff;

  private Capability() {}

  /** capget(2): effective, permitted, inheritable, as 64-bit sets; bit n stands for CAP n. */
  public static long[] get(int tid) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(UserCapHeader.version, _LINUX_CAPABILITY_VERSION_3);
    memory.putInt(UserCapHeader.pid, tid);
    int data = UserCapHeader.SIZEOF;
    long result = Syscall.raw(Nr.SYS_capget, memory.address(), memory.address(data));
    if (result < 0) {
      throw ErrnoException.of(result, "capget", tid);
    }
    return new long[] {
      set(memory, data + UserCapData.effective),
      set(memory, data + UserCapData.permitted),
      set(memory, data + UserCapData.inheritable)
    };
  }

  private static long set(NativeMemory memory, int offset) {
    return memory.getUnsignedInt(offset)
        | memory.getUnsignedInt(offset + UserCapData.SIZEOF) << Integer.SIZE;
  }

  /** Offsets within {@code struct __user_cap_header_struct}. */
  public static final class UserCapHeader {
    public static final int SIZEOF = 8;
    public static final int version = 0;
    public static final int pid = 4;

    private UserCapHeader() {}
  }

  /** Offsets within {@code struct __user_cap_data_struct}. */
  public static final class UserCapData {
    public static final int SIZEOF = 12;
    public static final int effective = 0;
    public static final int permitted = 4;
    public static final int inheritable = 8;

    private UserCapData() {}
  }
}
