// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A ghost-file-ID.img: the entry, and where in the image what of the file is.
 *
 * @param name of the image
 * @param entry what the inode is
 * @param sizeBytes of the file
 * @param chunks what of it is no hole
 */
record GhostImage(String name, ghost_file_entry entry, long sizeBytes, List<Chunk> chunks) {
  /** One sendfile(2) moves at most 2 GiB less a page. */
  private static final long CALL_BYTES = 1 << 30;

  /**
   * A piece of the file.
   *
   * @param offset in the file
   * @param lengthBytes how long it is
   * @param position in the image
   */
  record Chunk(long offset, long lengthBytes, long position) {}

  static GhostImage read(ImageStore images, int id) {
    try (ImageReader reader = images.read(ImageType.GHOST_FILE, id)) {
      return read(reader);
    } catch (IOException e) {
      throw ImageException.unreadable(images.file(ImageType.GHOST_FILE, id), e);
    }
  }

  private static GhostImage read(ImageReader reader) throws IOException {
    ghost_file_entry entry = reader.next(ghost_file_entry.parser());
    List<Chunk> chunks = new ArrayList<>();
    if ((entry.getMode() & Stat.S_IFMT) != Stat.S_IFREG) {
      reader.requireEnd();
      return new GhostImage(reader.name(), entry, 0, chunks);
    }
    if (!entry.getChunks()) {
      long sizeBytes = reader.remainingBytes();
      chunks.add(new Chunk(0, sizeBytes, reader.position()));
      return new GhostImage(reader.name(), entry, sizeBytes, chunks);
    }
    while (reader.hasNext()) {
      ghost_chunk_entry chunk = reader.next(ghost_chunk_entry.parser());
      chunks.add(new Chunk(chunk.getOff(), chunk.getLen(), reader.position()));
      reader.skip(chunk.getLen());
    }
    return new GhostImage(reader.name(), entry, entry.getSize(), chunks);
  }

  /** Appends the calls that write it to an empty file. */
  void fill(Program program, String purpose, int images, int fd) {
    Op from =
        program
            .call(purpose + ": open " + name, Nr.SYS_openat)
            .arg(images)
            .arg(program.string(name))
            .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC)
            .arg(0);
    for (Chunk chunk : chunks) {
      seek(program.call(purpose + ": lseek", Nr.SYS_lseek).arg(from), chunk.position);
      seek(program.call(purpose + ": lseek", Nr.SYS_lseek).arg(fd), chunk.offset);
      for (long left = chunk.lengthBytes; left > 0; left -= CALL_BYTES) {
        long lengthBytes = Math.min(left, CALL_BYTES);
        program
            .call(purpose + ": write its content", Nr.SYS_sendfile)
            .arg(fd)
            .arg(from)
            .arg(0)
            .arg(lengthBytes)
            .expect(lengthBytes);
      }
    }
    program.call(purpose + ": close " + name, Nr.SYS_close).arg(from);
    program.call(purpose + ": ftruncate", Nr.SYS_ftruncate).arg(fd).arg(sizeBytes);
  }

  private static void seek(Op lseek, long position) {
    lseek.arg(position).arg(Unistd.SEEK_SET).expect(position);
  }
}
