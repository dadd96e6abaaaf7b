// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.HashMap;
import java.util.Map;

/** A fact: the rings of a capture by their inodes, of which each has its own. */
final class KnownRings {
  private final Map<Long, Integer> ids = new HashMap<>();

  void add(Descriptor descriptor, int id) {
    ids.put(descriptor.stat().ino(), id);
  }

  /** The id of its image entry; 0 if no task has it open. */
  int id(Descriptor descriptor) {
    return ids.getOrDefault(descriptor.stat().ino(), 0);
  }
}
