// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** poll(2). */
public final class Poll {

  // include/uapi/asm-generic/poll.h.
  public static final int POLLIN = 0x1;
  public static final int POLLPRI = 0x2;
  public static final int POLLOUT = 0x4;
  public static final int POLLERR = 0x8;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;
  public static final int POLLRDHUP = 0x2000;

  private Poll() {}

  /**
   * poll(2) of one descriptor; after EINTR as if the time were up.
   *
   * @param timeoutMillis -1 to wait for ever
   * @return the POLL* that are true, 0 if the time is up
   */
  public static int poll(int fd, int events, int timeoutMillis) {
    NativeMemory pollfd = Scratch.memory();
    pollfd.putInt(Pollfd.fd, fd).putShort(Pollfd.events, events).putShort(Pollfd.revents, 0);
    long result = Syscall.raw(Nr.SYS_poll, pollfd.address(), 1, timeoutMillis);
    if (result == -Errno.EINTR.number()) {
      return 0;
    }
    if (result < 0) {
      throw ErrnoException.of(result, "poll", fd, events, timeoutMillis);
    }
    return pollfd.getUnsignedShort(Pollfd.revents);
  }

  /** Offsets within {@code struct pollfd}. */
  public static final class Pollfd {
    public static final int SIZEOF = 8;
    public static final int fd = 0;
    public static final int events = 4;
    public static final int revents = 6;

    private Pollfd() {}
  }
}
