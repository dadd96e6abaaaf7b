// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.linux.Mman;
import java.util.ArrayList;
import java.util.List;

/** Reads ipcns-shm-ID.img: the System V segments of an IPC namespace. */
public final class SegmentImages {
  private SegmentImages() {}

  /**
   * The segments of a namespace.
   *
   * @param namespaceId its number in the images
   * @throws UnsupportedException if one is of huge pages, or its content is not in pagemaps
   */
  public static List<ipc_shm_entry> of(ImageStore images, long namespaceId) {
    List<ipc_shm_entry> segments = new ArrayList<>();
    for (WithPayload<ipc_shm_entry> segment :
        images.withPayload(
            ImageType.IPCNS_SHM, namespaceId, ipc_shm_entry.parser(), SegmentImages::noPayload)) {
      segments.add(segment.entry());
    }
    return segments;
  }

  private static int noPayload(ipc_shm_entry segment) {
    if (segment.getHugetlbFlag() != 0) {
      throw new UnsupportedException(
          subject(segment), "segments of huge pages are not carried yet; restore with CRIU");
    }
    if (!segment.getInPagemaps() && !segment.hasPagesId()) {
      throw new UnsupportedException(
          subject(segment),
          "its content stands in the image itself, as CRIU had it long ago; restore with CRIU");
    }
    return 0;
  }

  /** What a message calls a segment. */
  public static String subject(ipc_shm_entry segment) {
    return "System V shared memory segment " + segment.getDesc().getId();
  }

  /** NUMBER of pagemap-shmem-NUMBER.img, which has the content. */
  public static long pagesId(ipc_shm_entry segment) {
    return segment.hasPagesId()
        ? segment.getPagesId()
        : Integer.toUnsignedLong(segment.getDesc().getId());
  }

  /** A size in whole pages, all of which are attached. */
  public static long lengthBytes(long sizeBytes) {
    return (sizeBytes + Mman.PAGE_SIZE - 1) & -Mman.PAGE_SIZE;
  }

  /** The largest segment of all namespaces. */
  static long longestBytes(ImageStore images) {
    long longest = 0;
    for (long namespaceId : images.ids(ImageType.IPCNS_SHM)) {
      for (ipc_shm_entry segment : of(images, namespaceId)) {
        longest = Math.max(longest, lengthBytes(segment.getSize()));
      }
    }
    return longest;
  }
}
