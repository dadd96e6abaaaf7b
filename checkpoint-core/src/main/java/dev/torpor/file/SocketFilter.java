// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Seccomp.SockFilter;
import dev.torpor.linux.Seccomp.SockFprog;
import dev.torpor.linux.Socket;

/**
 * A filter of classic BPF on what a socket receives (SO_ATTACH_FILTER), and whether it can be taken
 * off (SO_LOCK_FILTER). Images have an instruction as one number: code, jumps, operand.
 */
final class SocketFilter {
  private static final int CODE = 48;
  private static final int IF_TRUE = 40;
  private static final int IF_FALSE = 32;
  private static final int BYTE = 0xff;

  private SocketFilter() {}

  /**
   * Captures it.
   *
   * @throws UnsupportedException for a program of extended BPF
   */
  static void capture(Descriptor descriptor, sk_opts_entry.Builder options) {
    int count;
    try (NativeMemory none = NativeMemory.allocate(0)) {
      count = read(descriptor, none);
    }
    if (count > 0) {
      // The kernel counts instructions here, not bytes.
      try (NativeMemory filter = NativeMemory.allocate(count * SockFilter.SIZEOF)) {
        read(descriptor, filter);
        for (int at = 0; at < count * SockFilter.SIZEOF; at += SockFilter.SIZEOF) {
          options.addSoFilter(
              ((filter.getShort(at + SockFilter.code) & 0xffffL) << CODE)
                  | ((filter.getByte(at + SockFilter.jt) & (long) BYTE) << IF_TRUE)
                  | ((filter.getByte(at + SockFilter.jf) & (long) BYTE) << IF_FALSE)
                  | (filter.getInt(at + SockFilter.k) & 0xffffffffL));
        }
      }
    }
    int lock = Socket.SO_LOCK_FILTER;
    if (Socket.getInt(descriptor.borrowed(), Socket.SOL_SOCKET, lock) != 0) {
      options.setLockFilter(true);
    }
  }

  /** Gives how many instructions there are. */
  private static int read(Descriptor descriptor, NativeMemory filter) {
    int fd = descriptor.borrowed();
    try {
      return Socket.getsockopt(fd, Socket.SOL_SOCKET, Socket.SO_GET_FILTER, filter);
    } catch (ErrnoException e) {
      if (e.is(Errno.EACCES)) {
        throw new UnsupportedException(
            descriptor.subject(),
            "an eBPF program is attached to the socket (SO_ATTACH_BPF), which the kernel does not"
                + " give away; let the program detach it before the dump");
      }
      throw e;
    }
  }

  /** Plans it behind all that a restore sends to the socket, which may have come before it. */
  static void plan(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    int count = options.getSoFilterCount();
    if (count > 0) {
      Data filter = plan.program().reserve(count * SockFilter.SIZEOF);
      for (int i = 0; i < count; i++) {
        long instruction = options.getSoFilter(i);
        int at = i * SockFilter.SIZEOF;
        filter.putShort(at + SockFilter.code, (int) (instruction >>> CODE));
        byte[] jumps = {(byte) (instruction >>> IF_TRUE), (byte) (instruction >>> IF_FALSE)};
        filter.putBytes(at + SockFilter.jt, jumps).putInt(at + SockFilter.k, (int) instruction);
      }
      Data program =
          plan.program()
              .reserve(SockFprog.SIZEOF)
              .putShort(SockFprog.len, count)
              .putPointer(SockFprog.filter, filter);
      plan.call(entry, "setsockopt SO_ATTACH_FILTER", Nr.SYS_setsockopt)
          .arg(fd)
          .arg(Socket.SOL_SOCKET)
          .arg(Socket.SO_ATTACH_FILTER)
          .arg(program)
          .arg(SockFprog.SIZEOF);
    }
    if (options.getLockFilter()) {
      int lock = Socket.SO_LOCK_FILTER;
      SocketOptions.setInt(entry, plan, fd, Socket.SOL_SOCKET, lock, "SO_LOCK_FILTER", 1);
    }
  }
}
