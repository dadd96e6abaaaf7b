// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;

/** The room of one kind of open file description. */
public interface FileRoom {
  /** How image entries of this kind are marked. */
  fd_types type();

  /** Whether this room carries what the descriptor refers to. Asked in the order of the list. */
  boolean recognises(Descriptor descriptor);

  /**
   * Captures the open file. Runs over the still running tree first (the rehearsal, whose result is
   * thrown away), so it must change nothing in the target.
   *
   * @param id the image id to be given to the entry
   * @throws dev.torpor.core.UnsupportedException for a state that cannot be carried
   */
  file_entry capture(Descriptor descriptor, int id, FileCapture capture);
}
