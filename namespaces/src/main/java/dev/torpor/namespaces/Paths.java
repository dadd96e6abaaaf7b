// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

/** Absolute paths of the kernel, as text: no ".", "..", doubled or trailing slashes. */
final class Paths {
  private Paths() {}

  /**
   * The rest of {@code path} below {@code base}, without a leading slash: empty if they are equal,
   * null if it is not below.
   */
  static String below(String base, String path) {
    if (base.equals("/")) {
      return path.startsWith("/") ? path.substring(1) : null;
    }
    if (!path.startsWith(base)) {
      return null;
    }
    if (path.length() == base.length()) {
      return "";
    }
    return path.charAt(base.length()) == '/' ? path.substring(base.length() + 1) : null;
  }

  /** How many names the path has. */
  static int depth(String path) {
    int depth = 0;
    for (int i = 0; i < path.length(); i++) {
      depth += path.charAt(i) == '/' && i + 1 < path.length() ? 1 : 0;
    }
    return depth;
  }

  /** {@code base} and below it {@code rest}, which may be empty. */
  static String join(String base, String rest) {
    if (rest.isEmpty()) {
      return base;
    }
    return base.endsWith("/") ? base + rest : base + "/" + rest;
  }
}
