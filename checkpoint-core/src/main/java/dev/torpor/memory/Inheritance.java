// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

/**
 * What a task has to do with the private memory of its parent and of its children, so that pages
 * which parent and child have shared since the fork are shared again.
 *
 * @param born what its parent had in place when it was born
 * @param bornPages which pages of that had content: all that the parent's images have there
 * @param kept the part of {@code born} that it goes on with, and only writes what differs
 * @param handed what it has in place when its own children are born
 */
record Inheritance(Areas born, PageIndex bornPages, Areas kept, Areas handed) {
  /** Whether a mapping stands already when mappings are made. */
  boolean stands(Areas.Area mapping) {
    return handed.covers(mapping) || kept.covers(mapping);
  }
}
