// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageType;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Where dumped pages go: the counterpart of {@link PageSource}. Several threads may use it. */
interface PageSink {
  /** The pages of one owner, one after another from offset 0 on. */
  interface Target extends Closeable {
    /** Writes all of a buffer; by one thread at a time. */
    void write(ByteBuffer pages, long offsetBytes) throws IOException;
  }

  /** The number of the pages of the next owner, so that it is the same whoever comes first. */
  int number();

  /**
   * Announces which pages an owner has.
   *
   * @param number as {@link #number} gave it
   * @param type kind of the pagemap: of a task, or of shared memory
   * @param id number of the owner in images
   * @param ranges in the order in which their contents will be written
   */
  void announce(int number, ImageType type, long id, List<PageRange> ranges) throws IOException;

  /** {@linkplain #announce Announces} which pages an owner has, and takes them. */
  Target begin(int number, ImageType type, long id, List<PageRange> ranges) throws IOException;
}
