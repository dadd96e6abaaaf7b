// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.plan.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Open files that one task opens in one go, for itself and its descendants. */
final class Opening {
  /** O_* of an opened file that is mapped; NOT_MAPPED for one that tasks have descriptors of. */
  static final int NOT_MAPPED = -1;

  final FileRoom room;
  final int mappingFlags;
  final List<file_entry> group = new ArrayList<>();

  /** Where the files wait until all tasks have taken them, by image id; only those anyone has. */
  final Map<Integer, ServiceFd> numbers = new LinkedHashMap<>();

  /** Those that no task has, but a message that the opener sends. */
  final Set<Integer> kept = new LinkedHashSet<>();

  /** Who opens: the youngest task from which all users descend. */
  RestoreTask opener;

  /** Whether anybody but the opener uses any of it. */
  boolean inherited;

  /** A task that maps the file, and so has it open until {@link Step#CLOSE}. */
  int mapper;

  /** When it must be opened before children are born, or null. */
  Step early;

  /** Who the messages are about: whatever has this text. */
  Object subject;

  Opening(FileRoom room, int mappingFlags) {
    this.room = room;
    this.mappingFlags = mappingFlags;
  }

  void addUser(RestoreTask task, Object name) {
    RestoreTask owner = task.table.owner;
    if (opener == null) {
      opener = owner;
      subject = name;
    } else if (opener != owner) {
      opener = opener.commonAncestor(owner).table.owner;
      inherited = true;
    }
  }

  /** Before children are born: what they inherit, and all of a table they share. */
  boolean isEarly() {
    return inherited || early != null || opener.table.shared;
  }

  Step step() {
    if (early != null) {
      return early;
    }
    return isEarly() ? Step.OPEN_SHARED : Step.OPEN;
  }
}
