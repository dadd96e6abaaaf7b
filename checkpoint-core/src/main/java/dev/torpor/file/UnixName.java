// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.KernelString;
import java.util.Arrays;

/** The name of a Unix socket as the kernel and the images have it: a path with its NUL, or not. */
final class UnixName {
  private UnixName() {}

  /** A path for open, chmod ... */
  static byte[] withoutNul(byte[] name) {
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return Arrays.copyOf(name, end);
  }

  /** For messages: an abstract name with an at sign for each NUL, as /proc/net/unix has it. */
  static String show(byte[] name) {
    if (name.length == 0) {
      return "";
    }
    if (name[0] != 0) {
      return KernelString.decode(withoutNul(name));
    }
    byte[] shown = name.clone();
    for (int i = 0; i < shown.length; i++) {
      if (shown[i] == 0) {
        shown[i] = '@';
      }
    }
    return KernelString.decode(shown);
  }
}
