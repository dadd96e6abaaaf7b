// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.room.Room;
import java.util.List;
import java.util.function.Function;

/** The room of one kind of open file description. */
public interface FileRoom extends Room {
  @Override
  default Owner owner() {
    return Owner.OPEN_FILE;
  }

  /** What {@link #mappedAs} gives for files that nobody can map. */
  int NOT_MAPPED = -1;

  /** How image entries of this kind are marked. */
  fd_types type();

  /** Whether this room carries what the descriptor refers to. Asked in the order of the list. */
  boolean recognises(Descriptor descriptor);

  /**
   * Captures the open file. Runs over the still running tree first (the rehearsal, whose result is
   * thrown away), so it must change nothing in the target.
   *
   * @param id the image id to be given to the entry
   * @return null if the room adds the entry itself, {@link FileCapture#atEnd}
   * @throws dev.torpor.error.UnsupportedException for a state that cannot be carried
   */
  file_entry capture(Descriptor descriptor, int id, FileCapture capture);

  /** Bits that images add to {@code vma_entry.status} of a mapping of such a file. */
  default int mappedAs() {
    return NOT_MAPPED;
  }

  /**
   * The id of the open file that is mapped, where a mapping is of no file but of that.
   *
   * @return 0 if mappings have entries of their own
   */
  default int knownAs(Descriptor descriptor, FileCapture capture) {
    return 0;
  }

  /**
   * Captures a file that is mapped or executed, whether it is open or not.
   *
   * @param descriptor of its path alone
   * @param flags how a restore opens it: O_RDONLY, or O_RDWR for a shared writable mapping
   * @throws dev.torpor.error.UnsupportedException for a state that cannot be carried
   */
  default file_entry captureMapped(Descriptor descriptor, int id, int flags, FileCapture capture) {
    throw new UnsupportedException(
        descriptor.subject(), "a mapping of this kind of file is not carried");
  }

  /** Whether such a file can be carried that no task has, but a message in a socket. */
  default boolean comesBackInFlight() {
    return false;
  }

  /** Whether another file keeps its place, in tasks and messages, until all tasks exist. */
  default boolean isOpenedLate(file_entry entry) {
    return false;
  }

  /**
   * The files that wait in this one to be received, by their ids: they are opened before it, by
   * whoever opens it.
   */
  default List<Integer> inFlight(file_entry entry, FilesPlanner planner) {
    return List.of();
  }

  /** What stands in brackets behind {@code fd 7 of task 42}: {@code tcp 10.0.0.1:80, listening}. */
  String describe(file_entry entry);

  /** Who gets SIGIO; what needs no more is planned for all kinds alike. */
  fown_entry sigioOwner(file_entry entry);

  /** O_* of the open file, FASYNC among them. */
  int flags(file_entry entry);

  /**
   * Says which entries are opened by one task in one go: both ends of a pipe, a pair of connected
   * sockets.
   *
   * @return gives an entry of this kind the key of its group
   */
  default Function<file_entry, Object> grouping(ImageStore images) {
    return file_entry::getId;
  }

  /**
   * Looks at the images as a whole, before any number is settled: keeps numbers, puts calls at
   * steps of the root task, leaves facts for its own plans and others'.
   */
  default void prepare(FilesPlanner planner) {}

  /** Says who else uses a group, and when it must be opened; asked of those that anybody has. */
  default void prepare(List<file_entry> group, GroupPlan plan) {}

  /**
   * Plans the opening of a group in the task that opens it. Some of the group may be used by nobody
   * ({@link OpenPlan#isUsed}).
   *
   * @throws dev.torpor.error.UnsupportedException for an entry that Torpor cannot return
   */
  void plan(List<file_entry> group, OpenPlan plan);

  /**
   * Plans what has to wait for the final numbers.
   *
   * @throws dev.torpor.error.UnsupportedException for an entry that Torpor cannot return
   */
  default void planLate(file_entry entry, LatePlan plan) {}
}
