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
    /** Writes all of a buffer; several threads may do so, behind different offsets. */
    void write(ByteBuffer pages, long offsetBytes) throws IOException;
  }

  /**
   * Announces which pages an owner has.
   *
   * @param type kind of the pagemap: of a task, or of shared memory
   * @param id number of the owner in images
   * @param ranges in the order in which their contents will be written
   */
  Target begin(ImageType type, long id, List<PageRange> ranges) throws IOException;
}
