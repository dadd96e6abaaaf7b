// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.room.Rooms;
import java.util.Set;

/**
 * Refuses a checkpoint that holds an image of a kind which no room has declared: whatever is in it
 * would be lost without a word. CRIU writes an image of its own for most kinds of objects, so this
 * is what sees the ones that nothing else in the checkpoint points to.
 */
final class UndeclaredImages {
  /** What all objects of an owner are listed in, and what says something of the dump alone. */
  private static final Set<ImageType> OF_ALL =
      Set.of(
          ImageType.INVENTORY,
          ImageType.PSTREE,
          ImageType.CORE,
          ImageType.IDS,
          ImageType.MM,
          ImageType.FS,
          ImageType.PAGEMAP,
          ImageType.PAGES,
          ImageType.CGROUP,
          ImageType.FDINFO,
          ImageType.FILES,
          ImageType.CPUINFO);

  private UndeclaredImages() {}

  /**
   * Looks for them.
   *
   * @throws UnsupportedException names the first
   */
  static void refuse(ImageStore images, Rooms rooms) {
    Set<ImageType> declared = rooms.images();
    for (ImageType type : ImageType.values()) {
      if (type.head() != ImageType.Head.SERVICE
          && !OF_ALL.contains(type)
          && !declared.contains(type)) {
        refuse(images, type);
      }
    }
  }

  private static void refuse(ImageStore images, ImageType type) {
    for (long id : images.ids(type)) {
      throw new UnsupportedException(
          images.file(type, id).getFileName().toString(),
          "what is in this kind of image is not carried yet, and would be lost; restore with CRIU,"
              + " or move it away if it is left from an earlier dump");
    }
  }
}
