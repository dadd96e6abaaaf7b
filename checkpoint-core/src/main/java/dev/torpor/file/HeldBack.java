// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Ioctl;
import dev.torpor.proc.KernelMemory;

/**
 * The part of a datagram that waits in its sender for the rest: MSG_MORE and UDP_CORK of UDP,
 * MSG_MORE of raw sockets. Nobody tells of it but the kernel's memory; who asks how much waits to
 * be sent hears of all that a device still has, too.
 */
final class HeldBack {
  private static final String WAY_OUT = "; let the program send it off before the dump";

  private HeldBack() {}

  /**
   * Refuses a socket that has one.
   *
   * @throws UnsupportedException if there is one, or nobody tells
   */
  static void refuse(Descriptor descriptor) {
    if (Ioctl.getInt(descriptor.borrowed(), Ioctl.SIOCOUTQ, "SIOCOUTQ") == 0) {
      return;
    }
    String what = "whether what it sends is on its way, or waits for more (MSG_MORE, UDP_CORK),";
    try (KernelFile file =
        KernelFile.of(descriptor.subject(), descriptor.borrowed(), what, WAY_OUT)) {
      KernelMemory memory = file.memory();
      long sock = memory.pointer(file.privateData(), "socket", "sk");
      long queue = sock + file.types().offset("sock", "sk_write_queue");
      if (memory.readLong(queue) != queue) {
        throw new UnsupportedException(
            descriptor.subject(),
            "a part of a datagram waits in it for the rest (MSG_MORE, UDP_CORK), which is not"
                + " carried"
                + WAY_OUT);
      }
    }
  }
}
