// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.inject.Op;
import dev.torpor.inject.WaitingTask;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Need;
import dev.torpor.plan.Step;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Room;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * The room of one kind of namespace: how a dump captures it, and how a restore returns it. The list
 * is {@link NamespaceRooms}; a room is made for one operation.
 */
interface NamespaceRoom extends Room {
  @Override
  default Owner owner() {
    return Owner.NAMESPACE;
  }

  /** What it is the room of. */
  NamespaceKind kind();

  /**
   * Whether a task below the root may have a namespace of its own, in which its descendants live
   * too. All others must be the root task's.
   */
  default boolean nests() {
    return false;
  }

  /**
   * Looks at a namespace that is part of the checkpoint, while the tree still runs.
   *
   * @throws UnsupportedException for a state that cannot be carried
   */
  default void check(DumpedNamespace namespace) {}

  /**
   * Writes its images, while the tree is frozen.
   *
   * @throws UnsupportedException for a state that cannot be carried and that came up after {@link
   *     #check}
   */
  default void write(DumpedNamespace namespace, CapturedImages images) throws IOException {}

  /**
   * Looks at what the tree has in a namespace that is Torpor's own, while it still runs.
   *
   * @throws UnsupportedException for what cannot be had again
   */
  default void checkHosts(DumpedNamespace namespace) {}

  /** Writes that, while the tree is frozen. */
  default void writeHosts(DumpedNamespace namespace, CapturedImages images) {}

  /** Whether the dump captures the root task's namespace even if it is Torpor's own. */
  default boolean isAlwaysWritten() {
    return false;
  }

  /**
   * What stands in the images for a namespace that a restore is given: the key of its descriptor
   * ({@code --inherit-fd}), or null.
   */
  default String givenKey(ReturnedNamespace namespace) {
    return null;
  }

  /**
   * What the root task does in a namespace that it was given.
   *
   * @param path of the namespace, for who restores
   * @param proc where that is seen
   */
  default Contribution enter(ReturnedNamespace namespace, String path, ProcFs proc) {
    return program -> {};
  }

  /**
   * Whether the root task needs one that is made for it, if no option gives it one: if the one at
   * the dump was not the dumper's.
   */
  default boolean isReturned(ReturnedNamespace namespace) {
    return namespace.isPart();
  }

  /** Whether the root task is born into it (CLONE_NEW*); else {@link #read} makes it. */
  default boolean isMadeByClone() {
    return true;
  }

  /** Where a new one gets its content. */
  default Step step() {
    return Step.NAMESPACES;
  }

  /**
   * Reads the images of a namespace that is to be made.
   *
   * @return the calls of the task that is the first in it
   * @throws UnsupportedException for what cannot be returned
   */
  default Contribution read(ReturnedNamespace namespace) {
    return program -> {};
  }

  /** What the tree has in the namespace of its restorer; the calls of the root task. */
  default Contribution readHosts(ReturnedNamespace namespace, Consumer<Need> takes) {
    return program -> {};
  }

  /** What a namespace that was {@link #read} needs of the machine. */
  default List<Need> needs(ReturnedNamespace namespace) {
    return List.of();
  }

  /**
   * What connects a namespace that is made with the outside, at {@link Step#THREAD} of the task
   * that is the first in it: connections are locked by then, and its files are open.
   */
  default Contribution connect(ReturnedNamespace namespace) {
    return program -> {};
  }

  /**
   * Does what is to be done from outside while the root task waits at a trap.
   *
   * @param proc where the root task is seen
   * @return whether the trap is one of this room's
   * @throws dev.torpor.error.RestoreException names what could not be done
   */
  default boolean atTrap(Op trap, ImageStore images, ProcFs proc, WaitingTask root)
      throws IOException {
    return false;
  }

  /** The calls that must wait until all tasks have their memory, at {@link Step#CLOSE}. */
  default Contribution last(ReturnedNamespace namespace) {
    return program -> {};
  }

  /**
   * Looks whether images have anything that a namespace which is joined instead would not have.
   *
   * @throws UnsupportedException for what would be lost
   */
  default void checkJoined(ReturnedNamespace namespace) {}
}
