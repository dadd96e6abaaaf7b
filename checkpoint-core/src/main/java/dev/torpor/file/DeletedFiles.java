// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.image.proto.remap_type;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.proc.MountInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The inodes without a name that a capture has met, each of which goes to a ghost-file-ID.img of
 * CRIU's. Open files, mappings and current directories refer to one by remap-fpath.img. Contents
 * are read at the end of the capture, while the tree stands.
 */
public final class DeletedFiles {
  private static final String DELETED = " (deleted)";
  private static final int BLOCK_BYTES = 512;
  private static final int MEBIBYTE = 1 << 20;

  private record Ghost(int id, String path) {}

  private final Map<List<Long>, Integer> ids = new HashMap<>();
  private final List<Ghost> ghosts = new ArrayList<>();

  /**
   * Notes what an image entry refers to.
   *
   * @param fileId of the entry
   * @return the name that it had
   * @throws UnsupportedException if it cannot be carried
   */
  String note(Descriptor descriptor, int fileId, FileCapture capture) {
    String name = name(descriptor);
    FileStat stat = descriptor.stat();
    refuseKind(descriptor);
    refuseKernelsOwn(descriptor, capture.context());
    Integer id = ids.get(List.of(stat.dev(), stat.ino()));
    if (id == null) {
      refuseLarge(descriptor, capture.context());
      id = ids.size() + 1;
      ids.put(List.of(stat.dev(), stat.ino()), id);
      String path = capture.context().proc().path(descriptor.pid(), descriptor.name());
      ghosts.add(new Ghost(id, path));
    }
    capture
        .images()
        .add(
            ImageType.REMAP_FPATH,
            remap_file_path_entry
                .newBuilder()
                .setOrigId(fileId)
                .setRemapId(id)
                .setRemapType(remap_type.GHOST)
                .build());
    return name;
  }

  private static String name(Descriptor descriptor) {
    String link = descriptor.link();
    if (!link.endsWith(DELETED)) {
      throw new UnsupportedException(
          descriptor.subject(),
          "the file has no links, and is not known as deleted; let the task open it anew");
    }
    return link.substring(0, link.length() - DELETED.length());
  }

  private static void refuseKind(Descriptor descriptor) {
    FileStat stat = descriptor.stat();
    boolean carried =
        stat.is(Stat.S_IFREG)
            || stat.is(Stat.S_IFDIR)
            || stat.is(Stat.S_IFIFO)
            || RegularFile.isMemoryDevice(stat);
    if (!carried || PseudoFiles.has(descriptor.borrowed())) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a deleted file of this kind is not carried yet; let the task close it before the dump");
    }
  }

  /** Files of file systems that are mounted nowhere have no names either, and never had. */
  private static void refuseKernelsOwn(Descriptor descriptor, CaptureContext context) {
    for (MountInfo mount : MountInfo.read(context.proc(), descriptor.pid())) {
      if (mount.id() == descriptor.mntId()) {
        return;
      }
    }
    throw new UnsupportedException(
        descriptor.subject(), "it is in no file system that is mounted, and is not carried");
  }

  /** CRIU measures what the file has on disk, not its length. */
  private static void refuseLarge(Descriptor descriptor, CaptureContext context) {
    long limitBytes =
        context
            .options()
            .of(DeletedFileOptions.class, () -> DeletedFileOptions.DEFAULT)
            .limitBytes();
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(descriptor.borrowed(), stat);
      long onDiskBytes = stat.getLong(Stat.StructStat.st_blocks) * BLOCK_BYTES;
      if (onDiskBytes > limitBytes) {
        throw new UnsupportedException(
            descriptor.subject(),
            "the file is deleted and has "
                + onDiskBytes
                + " bytes, more than the "
                + limitBytes
                + " that are carried; permit it with --ghost-limit "
                + (onDiskBytes + MEBIBYTE - 1) / MEBIBYTE
                + "M");
      }
    }
  }

  /** Writes what they hold. The tree stands. */
  public void write(CapturedImages images) throws IOException {
    for (Ghost ghost : ghosts) {
      int fd = Fcntl.open(ghost.path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
      new GhostWriter(fd).write(images, ghost.id);
    }
  }
}
