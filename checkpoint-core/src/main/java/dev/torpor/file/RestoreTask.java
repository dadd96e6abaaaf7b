// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fdinfo_entry;
import java.util.ArrayList;
import java.util.List;

/** A task in the tree of those to be restored, and its descriptor table. */
final class RestoreTask {
  /** A descriptor table; its owner is the task that all others who share it descend from. */
  static final class Table {
    final RestoreTask owner;
    final List<fdinfo_entry> descriptors;
    final List<Opening> mapped = new ArrayList<>();

    /** Whether a child of the owner was spawned with CLONE_FILES. */
    boolean shared;

    /** A free number if files wait where others are to be, else null. */
    ServiceFd spare;

    Table(RestoreTask owner, List<fdinfo_entry> descriptors) {
      this.owner = owner;
      this.descriptors = descriptors;
    }
  }

  final TaskFiles files;
  final RestoreTask parent;
  private final int depth;
  Table table;

  RestoreTask(TaskFiles files, RestoreTask parent) {
    this.files = files;
    this.parent = parent;
    this.depth = parent == null ? 0 : parent.depth + 1;
  }

  /** The youngest task that both descend from, or are. */
  RestoreTask commonAncestor(RestoreTask other) {
    RestoreTask a = this;
    RestoreTask b = other;
    while (a != b) {
      if (a.depth >= b.depth) {
        a = a.parent;
      } else {
        b = b.parent;
      }
    }
    return a;
  }
}
