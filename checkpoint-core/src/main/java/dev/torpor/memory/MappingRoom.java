// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.proc.Mapping;
import dev.torpor.room.Room;

/**
 * The room of one kind of mapping: recognises it in a task and in images, captures it, says where
 * its contents are, and returns it.
 *
 * <p>A task can have tens of thousands of mappings, so rooms have no state, and tell their own by a
 * look at the name or the status bits.
 */
public interface MappingRoom extends Room {
  /** What {@link #sharedMemory} gives for a mapping whose contents belong to its task. */
  long NOT_SHARED = -1;

  /** Which pages of a mapping are in pagemap-PID.img. */
  enum Pages {
    /** None: they can be had from elsewhere, or the kernel may drop them at any time. */
    NONE,
    /** Those that the task has of its own. */
    OWN,
    /** All, whoever they belong to. */
    ALL
  }

  @Override
  default Owner owner() {
    return Owner.MAPPING;
  }

  /** Whether a mapping in /proc/PID/smaps is of this kind. Asked in the order of the list. */
  boolean recognises(Mapping mapping);

  /** Whether an entry of mm-PID.img is of this kind, and its status has no other bits. */
  boolean recognises(Vma entry, ImageStore images);

  /** Whether images have the mapping as the end of the one in front of it. */
  default boolean isContinued(Mapping mapping) {
    return false;
  }

  /**
   * Adds to an entry what the kind alone knows: its status, what is mapped.
   *
   * @param pid of the task
   * @param files gives files their ids
   * @param entry has the range, protection, advice, and those flags that /proc shows
   * @throws dev.torpor.error.UnsupportedException for a mapping that cannot be carried
   */
  void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry);

  /** Whether the kernel makes it by itself, with properties that nobody can set. */
  default boolean isOfKernel() {
    return false;
  }

  /** A flag that the kernel gives to all mappings of the kind (VmFlags); empty if there is none. */
  default String kernelFlag() {
    return "";
  }

  /** Which of its pages the task's images hold. */
  default Pages pages(Vma entry) {
    return Pages.NONE;
  }

  /** Whether its pages can be copied while the task runs: the kernel tells which were written. */
  default boolean isCopiedLive(Mapping mapping) {
    return false;
  }

  /** Whether it is a file's code, where only a debugger has pages that differ from the file's. */
  default boolean isCode(Vma entry) {
    return false;
  }

  /**
   * The number of the memory that it shares with others: NUMBER of pagemap-shmem-NUMBER.img.
   *
   * @return {@link #NOT_SHARED} if its contents are elsewhere
   */
  default long sharedMemory(Vma entry, ImageStore images) {
    return NOT_SHARED;
  }

  /** The id in files.img of the file that must be open to map it; 0 if there is none. */
  default int file(Vma entry) {
    return 0;
  }

  /**
   * Whether {@link #map} makes nothing but an anonymous mapping, which may be made together with
   * others.
   */
  default boolean isPlain(Vma entry) {
    return false;
  }

  /** Puts the mapping in place, in a restored task. */
  default void map(MappingPlan plan) {
    plan.mmap(plan.entry().flags(), plan.file());
  }
}
