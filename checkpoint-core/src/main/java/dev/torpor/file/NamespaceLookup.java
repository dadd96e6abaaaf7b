// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** How images number a namespace. */
@FunctionalInterface
public interface NamespaceLookup {
  /**
   * The id that ids-PID.img gives it.
   *
   * @param name as its link in /proc shows it: {@code net:[4026531840]}
   * @return 0 if no task of the tree lives in it
   */
  int imageId(String name);
}
