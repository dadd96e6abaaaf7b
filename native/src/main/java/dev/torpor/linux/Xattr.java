// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Extended attributes, xattr(7). */
public final class Xattr {
  // include/uapi/linux/limits.h.
  public static final int XATTR_LIST_MAX = 65536;
  public static final int XATTR_SIZE_MAX = 65536;

  private Xattr() {}

  /**
   * flistxattr(2): the names, as {@link KernelString} has them; none if the file system has no such
   * attributes.
   */
  public static List<String> list(int fd) {
    List<String> names = new ArrayList<>();
    try (NativeMemory memory = NativeMemory.allocate(XATTR_LIST_MAX)) {
      long got = Syscall.raw(Nr.SYS_flistxattr, fd, memory.address(), XATTR_LIST_MAX);
      if (got == -Errno.EOPNOTSUPP.number()) {
        return names;
      }
      if (got < 0) {
        throw ErrnoException.of(got, "flistxattr", fd);
      }
      byte[] all = memory.getBytes(0, (int) got);
      int start = 0;
      for (int at = 0; at < all.length; at++) {
        if (all[at] == 0) {
          names.add(KernelString.decode(Arrays.copyOfRange(all, start, at)));
          start = at + 1;
        }
      }
    }
    return names;
  }

  /** fgetxattr(2): the value of an attribute that is there. */
  public static byte[] get(int fd, String name) {
    try (NativeMemory memory = NativeMemory.allocate(XATTR_SIZE_MAX)) {
      long got =
          Syscall.raw(Nr.SYS_fgetxattr, fd, Scratch.name(name), memory.address(), XATTR_SIZE_MAX);
      if (got < 0) {
        throw ErrnoException.of(got, "fgetxattr", fd, Fcntl.quote(name));
      }
      return memory.getBytes(0, (int) got);
    }
  }

  /** fsetxattr(2): sets one, which may be there already. */
  public static void set(int fd, String name, byte[] value) {
    try (NativeMemory memory = NativeMemory.allocate(Math.max(1, value.length))) {
      memory.putBytes(0, value);
      long result =
          Syscall.raw(Nr.SYS_fsetxattr, fd, Scratch.name(name), memory.address(), value.length, 0);
      if (result < 0) {
        throw ErrnoException.of(result, "fsetxattr", fd, Fcntl.quote(name));
      }
    }
  }
}
