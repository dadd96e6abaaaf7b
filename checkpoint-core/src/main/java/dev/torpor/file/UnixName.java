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

  /** A path with its NUL. */
  static byte[] terminated(byte[] path) {
    return Arrays.copyOf(path, path.length + 1);
  }

  /** A name as a path of its own, if it is relative to a directory. */
  static String absolute(String directory, String name) {
    if (name.startsWith("/")) {
      return name;
    }
    return directory.endsWith("/") ? directory + name : directory + "/" + name;
  }

  /** The directory of an absolute path. */
  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash == 0 ? "/" : path.substring(0, slash);
  }

  /** A relative path without what leads nowhere: {@code ./run//a} is {@code run/a}. */
  static String withoutDots(String path) {
    StringBuilder plain = new StringBuilder(path.length());
    int start = 0;
    while (start < path.length()) {
      int end = path.indexOf('/', start);
      end = end < 0 ? path.length() : end;
      String part = path.substring(start, end);
      if (!part.isEmpty() && !part.equals(".")) {
        plain.append(plain.length() == 0 ? "" : "/").append(part);
      }
      start = end + 1;
    }
    return plain.toString();
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
