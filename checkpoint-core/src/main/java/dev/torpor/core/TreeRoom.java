// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.SeenDescriptor;
import dev.torpor.image.CapturedImages;
import dev.torpor.room.Room;
import java.io.IOException;

/**
 * The room of what belongs to a tree as a whole, and to no task, file or namespace of it alone: how
 * it is refused, captured and returned. A room is made for one dump or restore.
 */
public interface TreeRoom extends Room {
  @Override
  default Owner owner() {
    return Owner.TREE;
  }

  /**
   * Looks at a descriptor of a task: of the running tree in the rehearsal, then of the frozen one.
   *
   * @throws dev.torpor.error.UnsupportedException for what cannot be carried
   */
  default void see(SeenDescriptor seen) {}

  /**
   * The tree has stopped, and nothing of it was captured yet: takes hold of what must stay as it
   * is.
   *
   * @throws dev.torpor.error.DumpException if that is not possible; the tree goes on
   */
  default void freeze(WholeTree tree) {}

  /** Writes its images, while the tree is frozen. */
  default void write(WholeTree tree, CapturedImages images) throws IOException {}

  /**
   * The tree is about to be ended, and will be even if this process is killed.
   *
   * @param runId the inventory's {@code dump_criu_run_id}
   */
  default void end(WholeTree tree, String runId) {}

  /** The tree that was dumped goes on here, though {@link #freeze} may have failed: lets go. */
  default void thaw(WholeTree tree) {}

  /**
   * Puts calls at steps of the tasks, before anything is executed.
   *
   * @throws dev.torpor.error.UnsupportedException for what cannot be returned
   */
  default void plan(RestorePlan plan) throws IOException {}

  /** The root task is in its namespaces, and has nothing open yet. */
  default void begin(WholeTree tree) {}

  /** Nothing comes of the restore: takes back what {@link #begin} did. */
  default void giveUp() {}

  /** All tasks are restored, and wait for each other for the last time. */
  default void returned(WholeTree tree) {}
}
