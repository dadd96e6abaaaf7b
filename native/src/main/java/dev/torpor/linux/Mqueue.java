// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** POSIX message queues, include/uapi/linux/mqueue.h; see mq_overview(7). */
public final class Mqueue {
  /** Most priorities that a message can have. */
  public static final int MQ_PRIO_MAX = 32768;

  private Mqueue() {}

  /**
   * mq_open(2) of a queue that is there.
   *
   * @param name without a slash
   */
  public static int open(String name, int flags) {
    long result = Syscall.raw(Nr.SYS_mq_open, Scratch.name(name), flags, 0, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "mq_open", Fcntl.quote(name), Fcntl.hex(flags));
    }
    return (int) result;
  }

  /** What mq_getattr(3) asks: gets a {@link MqAttr}. */
  public static void getAttributes(int fd, NativeMemory attributes) {
    long result = Syscall.raw(Nr.SYS_mq_getsetattr, fd, 0, attributes.address());
    if (result < 0) {
      throw ErrnoException.of(result, "mq_getsetattr", fd);
    }
  }

  /** Offsets within {@code struct mq_attr}. */
  public static final class MqAttr {
    public static final int SIZEOF = 64;
    public static final int mq_maxmsg = 8;
    public static final int mq_msgsize = 16;
    public static final int mq_curmsgs = 24;

    private MqAttr() {}
  }
}
