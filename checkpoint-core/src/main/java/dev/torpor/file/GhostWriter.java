// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ghost_chunk_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.ghost_xattr;
import dev.torpor.image.proto.timeval;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Xattr;
import java.io.IOException;

/** Writes one ghost-file-ID.img: an inode without a name. */
final class GhostWriter {
  /** CRIU writes the holes of smaller files. */
  private static final int CHUNKS_FROM_BYTES = 3 * 4096;

  private static final int PIECE_BYTES = 512 * 1024;
  private static final int NANOS_PER_MICRO = 1000;

  private final int fd;

  /** Of a descriptor that stands for its path, and is closed at the end. */
  GhostWriter(int fd) {
    this.fd = fd;
  }

  void write(CapturedImages images, int id) throws IOException {
    try (ImageWriter image = images.stream(ImageType.GHOST_FILE, id);
        NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      int type = stat.getInt(Stat.StructStat.st_mode) & Stat.S_IFMT;
      if (type == Stat.S_IFREG || type == Stat.S_IFDIR) {
        int content = open(type);
        try {
          write(image, stat, content);
        } finally {
          Unistd.close(content);
        }
      } else {
        image.write(entry(stat).build());
      }
    } finally {
      Unistd.close(fd);
    }
  }

  /** To be read without a trace. */
  private int open(int type) {
    int flags = Fcntl.O_RDONLY | Fcntl.O_CLOEXEC | Fcntl.O_NOATIME;
    return Fcntl.open(
        "/proc/self/fd/" + fd, type == Stat.S_IFDIR ? flags | Fcntl.O_DIRECTORY : flags, 0);
  }

  private static void write(ImageWriter image, NativeMemory stat, int content) throws IOException {
    ghost_file_entry.Builder entry = entry(stat);
    for (String name : Xattr.list(content)) {
      entry.addXattrs(
          ghost_xattr
              .newBuilder()
              .setName(ByteString.copyFrom(KernelString.encode(name)))
              .setValue(ByteString.copyFrom(Xattr.get(content, name))));
    }
    boolean regular = (entry.getMode() & Stat.S_IFMT) == Stat.S_IFREG;
    long sizeBytes = regular ? stat.getLong(Stat.StructStat.st_size) : 0;
    if (sizeBytes < CHUNKS_FROM_BYTES) {
      image.write(entry.build());
      copy(content, 0, sizeBytes, image);
      return;
    }
    image.write(entry.setChunks(true).setSize(sizeBytes).build());
    long at = next(content, 0, Unistd.SEEK_DATA, sizeBytes);
    while (at < sizeBytes) {
      long end = Math.min(next(content, at, Unistd.SEEK_HOLE, sizeBytes), sizeBytes);
      image.write(ghost_chunk_entry.newBuilder().setOff(at).setLen(end - at).build());
      copy(content, at, end - at, image);
      at = next(content, end, Unistd.SEEK_DATA, sizeBytes);
    }
  }

  private static ghost_file_entry.Builder entry(NativeMemory stat) {
    int mode = stat.getInt(Stat.StructStat.st_mode);
    ghost_file_entry.Builder entry =
        ghost_file_entry
            .newBuilder()
            .setUid(stat.getInt(Stat.StructStat.st_uid))
            .setGid(stat.getInt(Stat.StructStat.st_gid))
            .setMode(mode)
            .setDev(kernelDevice(stat.getLong(Stat.StructStat.st_dev)))
            .setIno(stat.getLong(Stat.StructStat.st_ino))
            .setAtim(
                time(
                    stat.getLong(Stat.StructStat.st_atime),
                    stat.getLong(Stat.StructStat.st_atime_nsec)))
            .setMtim(
                time(
                    stat.getLong(Stat.StructStat.st_mtime),
                    stat.getLong(Stat.StructStat.st_mtime_nsec)))
            .setAtimNsec((int) stat.getLong(Stat.StructStat.st_atime_nsec))
            .setMtimNsec((int) stat.getLong(Stat.StructStat.st_mtime_nsec));
    if ((mode & Stat.S_IFMT) == Stat.S_IFCHR) {
      entry.setRdev((int) stat.getLong(Stat.StructStat.st_rdev));
    }
    return entry;
  }

  /** As the kernel numbers devices inside, MKDEV; stat(2) shows another form. */
  private static int kernelDevice(long device) {
    return Stat.major(device) << 20 | Stat.minor(device);
  }

  private static timeval time(long seconds, long nanos) {
    return timeval.newBuilder().setTvSec(seconds).setTvUsec(nanos / NANOS_PER_MICRO).build();
  }

  /** Where data or the next hole begins; the end of the file if there is none. */
  private static long next(int content, long from, int whence, long sizeBytes) {
    try {
      return Unistd.lseek(content, from, whence);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENXIO)) {
        return sizeBytes;
      }
      throw e;
    }
  }

  private static void copy(int content, long offset, long lengthBytes, ImageWriter image)
      throws IOException {
    int piece = (int) Math.min(lengthBytes, PIECE_BYTES);
    if (piece == 0) {
      return;
    }
    try (NativeMemory memory = NativeMemory.allocate(piece)) {
      long done = 0;
      while (done < lengthBytes) {
        int wanted = (int) Math.min(piece, lengthBytes - done);
        int got = (int) Unistd.pread(content, memory.address(), wanted, offset + done);
        if (got <= 0) {
          throw new IllegalStateException("a deleted file became shorter while it was read");
        }
        image.payload(memory.buffer().limit(got));
        done += got;
      }
    }
  }
}
