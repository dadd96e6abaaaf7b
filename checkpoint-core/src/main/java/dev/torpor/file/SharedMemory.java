// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Memfd.MFD_CLOEXEC;
import static dev.torpor.linux.Memfd.memfdCreate;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;

/**
 * Shared anonymous memory (MAP_SHARED|MAP_ANONYMOUS) as images hold it: a memfd by the name that
 * its mappings have in /proc/PID/maps. Its pages are in pagemap-shmem-INODE.img.
 */
public final class SharedMemory {
  /** What memfd.img calls it. */
  public static final String NAME = "/dev/zero";

  private SharedMemory() {}

  /**
   * The device of all such memory, System V's and memfds too, but for that of huge pages; no other
   * file is on it.
   */
  public static long device() {
    int own = memfdCreate("torpor", MFD_CLOEXEC);
    try {
      return FileStat.of(own).dev();
    } finally {
      Unistd.close(own);
    }
  }

  static memfd_inode_entry inode(FileStat stat, int inodeId) {
    return memfd_inode_entry
        .newBuilder()
        .setName(NAME)
        .setUid(stat.uid())
        .setGid(stat.gid())
        .setSize(stat.sizeBytes())
        .setShmid((int) stat.ino())
        // What the kernel gives to memory that nobody can seal (mm/shmem.c).
        .setSeals(Fcntl.F_SEAL_SEAL)
        .setInodeId(inodeId)
        .setMode(stat.mode())
        .build();
  }

  /** The entry of memory that is mapped and not open, since nobody has its flags and position. */
  public static file_entry file(int id, int inodeId) {
    return file_entry
        .newBuilder()
        .setType(fd_types.MEMFD)
        .setId(id)
        .setMemfd(
            memfd_file_entry
                .newBuilder()
                .setId(id)
                .setFlags(0)
                .setPos(0)
                .setFown(SigioOwner.NOBODY)
                .setInodeId(inodeId))
        .build();
  }

  /**
   * The inode of such memory.
   *
   * @param fileId of an entry of files.img
   * @return null if that is another kind of file, or a memfd that a program has made
   */
  public static memfd_inode_entry find(ImageStore images, int fileId) {
    for (file_entry file : images.entries(ImageType.FILES, file_entry.parser())) {
      if (file.getId() == fileId && file.getType() == fd_types.MEMFD) {
        return inode(images, file.getMemfd().getInodeId());
      }
    }
    return null;
  }

  private static memfd_inode_entry inode(ImageStore images, int id) {
    for (memfd_inode_entry inode :
        images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
      if (inode.getInodeId() == id && isOne(inode)) {
        return inode;
      }
    }
    return null;
  }

  /** Whether an inode is of such memory, and not a memfd that a program has made. */
  public static boolean isOne(memfd_inode_entry inode) {
    return inode.getName().equals(NAME);
  }
}
