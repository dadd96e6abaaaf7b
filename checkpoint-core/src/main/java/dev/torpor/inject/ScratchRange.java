// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

/**
 * A range of a task's memory that the task itself has no use for.
 *
 * @param address where it begins
 * @param lengthBytes how long it is
 */
public record ScratchRange(long address, int lengthBytes) {

  /** The first address behind it. */
  public long end() {
    return address + lengthBytes;
  }
}
