// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.linux.Fcntl;

/**
 * Shared anonymous memory (MAP_SHARED|MAP_ANONYMOUS) as images hold it: a memfd by the name that
 * its mappings have in /proc/PID/maps. Its pages are in pagemap-shmem-INODE.img.
 */
public final class SharedMemory {
  private static final String NAME = "/dev/zero";

  private SharedMemory() {}

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

  static file_entry file(int id, int inodeId) {
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
   * The memory behind a mapped memfd.
   *
   * @param fileId of an entry of files.img
   * @throws UnsupportedException if it is a real memfd, or the images do not belong together
   */
  public static memfd_inode_entry of(ImageStore images, int fileId, String subject) {
    for (file_entry file : images.entries(ImageType.FILES, file_entry.parser())) {
      if (file.getId() == fileId && file.getType() == fd_types.MEMFD) {
        for (memfd_inode_entry inode :
            images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
          if (inode.getInodeId() == file.getMemfd().getInodeId()) {
            return checked(inode, subject);
          }
        }
      }
    }
    throw new UnsupportedException(
        subject, "files.img and memfd.img have no memory with its id " + fileId);
  }

  private static memfd_inode_entry checked(memfd_inode_entry inode, String subject) {
    if (!inode.getName().equals(NAME)) {
      throw new UnsupportedException(
          subject, "it maps the memfd " + inode.getName() + "; memfds are not carried yet");
    }
    return inode;
  }
}
