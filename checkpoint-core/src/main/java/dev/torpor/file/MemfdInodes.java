// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.memfd_inode_entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The inodes of memfd.img while a tree is captured, whoever finds them: memory that has no name in
 * any file system. Knows where the content of each can be read as long as the tree is stopped.
 */
public final class MemfdInodes {
  /**
   * The content of one of them.
   *
   * @param shmid NUMBER of pagemap-shmem-NUMBER.img
   * @param path leads to it in Torpor's own /proc
   */
  public record Content(long shmid, String path) {}

  private final Map<Long, Integer> numbers = new HashMap<>();
  private final List<Content> contents = new ArrayList<>();

  /**
   * The number of an inode, whose entry is added if it is new.
   *
   * @param path leads to it in Torpor's own /proc
   * @param entry makes an entry with a number
   */
  public int number(
      FileStat stat, String path, CapturedImages images, IntFunction<memfd_inode_entry> entry) {
    Integer known = numbers.get(stat.ino());
    if (known != null) {
      return known;
    }
    int number = numbers.size() + 1;
    memfd_inode_entry inode = entry.apply(number);
    numbers.put(stat.ino(), number);
    images.add(ImageType.MEMFD_INODE, inode);
    contents.add(new Content(Integer.toUnsignedLong(inode.getShmid()), path));
    return number;
  }

  /** The contents of all, in the order in which they were found. */
  public List<Content> contents() {
    return contents;
  }
}
