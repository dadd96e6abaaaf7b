// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** io_setup(2), io_submit(2), io_getevents(2). Constants from include/uapi/linux/aio_abi.h. */
public final class Aio {
  public static final int IOCB_CMD_PREAD = 0;

  private Aio() {}

  /** {@code struct iocb}: offsets. */
  public static final class Iocb {
    public static final int aio_lio_opcode = 16;
    public static final int aio_fildes = 20;
    public static final int aio_nbytes = 32;
    public static final int SIZEOF = 64;

    private Iocb() {}
  }

  /** {@code struct io_event}. */
  public static final class IoEvent {
    public static final int SIZEOF = 32;

    private IoEvent() {}
  }
}
