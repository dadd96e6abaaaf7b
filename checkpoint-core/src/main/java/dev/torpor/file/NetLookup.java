// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** How images number a network namespace. */
@FunctionalInterface
public interface NetLookup {
  /**
   * The id that ids-PID.img gives as {@code net_ns_id}.
   *
   * @param inode of the namespace, as in {@code net:[4026531840]}
   */
  int imageNetNsId(long inode);
}
