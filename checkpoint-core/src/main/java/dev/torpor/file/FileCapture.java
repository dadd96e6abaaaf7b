// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.proto.fown_entry;
import java.util.List;
import java.util.function.Supplier;

/** A capture in progress, as a {@link FileRoom} sees it. */
public interface FileCapture {
  /** What surrounds the tasks. */
  CaptureContext context();

  /** Where a room puts what is not in its entry: data that waits in a pipe. */
  CapturedImages images();

  /** Captures the path of something that is more than a file: a FIFO, a terminal. Gives its id. */
  int addPath(Descriptor descriptor);

  /** An id for one more entry of files.img, which the caller adds. */
  int newId();

  /** The image entry of who gets SIGIO. */
  fown_entry owner(Descriptor descriptor);

  /** All tasks seen so far, as Torpor sees them. */
  List<Integer> pids();

  /** Those of the {@link #pids} who have a file, once all descriptors are known. */
  List<Integer> holders(int fileId);

  /** What a room knows of this capture as a whole; made at the first call. */
  <T> T state(Class<T> type, Supplier<T> initial);

  /**
   * Captures a file that waits to be received from a socket, if it is not captured yet; to be
   * called from {@link #afterTasks}.
   *
   * @return the id of its image entry
   * @throws dev.torpor.error.UnsupportedException if it cannot be carried, or not without a task
   *     that has it
   */
  int captureInFlight(Descriptor descriptor);

  /** Says that something will be lost, in one line that names it. */
  void warn(String line);

  /** Defers the capture of what could be a file of any task until those are all known. */
  void afterTasks(Runnable capture);

  /** Defers a check until all descriptors of all tasks are known. */
  void atEnd(Runnable check);
}
