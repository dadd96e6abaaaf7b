// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.image.proto.remap_type;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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

  private record Link(String subject, String source, String target, FileStat stat) {}

  private final Map<List<Long>, Integer> ids = new HashMap<>();
  private final List<Ghost> ghosts = new ArrayList<>();
  private final Map<List<Long>, Integer> linkIds = new HashMap<>();
  private final List<Link> links = new ArrayList<>();

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
      ghosts.add(new Ghost(id, descriptor.path(capture.context().proc())));
    }
    remap(fileId, id, remap_type.GHOST, capture);
    return name;
  }

  private static void remap(int fileId, int id, remap_type type, FileCapture capture) {
    capture
        .images()
        .add(
            ImageType.REMAP_FPATH,
            remap_file_path_entry
                .newBuilder()
                .setOrigId(fileId)
                .setRemapId(id)
                .setRemapType(type)
                .build());
  }

  /** Whether the tree has a file open that has no name, and so is in the images. */
  boolean has(FileStat stat) {
    return ids.containsKey(List.of(stat.dev(), stat.ino()));
  }

  /** Whether the caller permits {@link #link}. */
  static boolean mayLink(CaptureContext context) {
    return options(context).links();
  }

  private static DeletedFileOptions options(CaptureContext context) {
    return context.options().of(DeletedFileOptions.class, () -> DeletedFileOptions.DEFAULT);
  }

  /**
   * Notes what refers to a file that has other names than the one by which it is known: it is to
   * get one in the same directory, which CRIU knows it by.
   *
   * @return the name that it had
   */
  String link(Descriptor descriptor, int fileId, FileCapture capture) {
    String link = descriptor.link();
    String name =
        link.endsWith(DELETED) ? link.substring(0, link.length() - DELETED.length()) : link;
    FileStat stat = descriptor.stat();
    List<Long> inode = List.of(stat.dev(), stat.ino());
    Integer id = linkIds.get(inode);
    if (id == null) {
      id = capture.newId();
      linkIds.put(inode, id);
      CaptureContext context = capture.context();
      String made = directory(descriptor, name, context) + "link_remap." + id;
      links.add(
          new Link(
              descriptor.subject(),
              descriptor.path(context.proc()),
              context.mounts().hostPath(descriptor.pid(), made),
              stat));
      capture.images().add(ImageType.FILES, entry(descriptor, id, made, context));
    }
    remap(fileId, id, remap_type.LINKED, capture);
    return name;
  }

  /** The nearest one above a name that is still there, with a slash at its end. */
  private static String directory(Descriptor descriptor, String name, CaptureContext context) {
    int slash = name.lastIndexOf('/');
    while (slash > 0 && !isThere(descriptor, name.substring(0, slash), context)) {
      slash = name.lastIndexOf('/', slash - 1);
    }
    return name.substring(0, slash + 1);
  }

  private static boolean isThere(Descriptor descriptor, String path, CaptureContext context) {
    try {
      FileStat.ofPath(context.mounts().hostPath(descriptor.pid(), path));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static file_entry entry(
      Descriptor descriptor, int id, String name, CaptureContext context) {
    reg_file_entry.Builder file =
        reg_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(0)
            .setPos(0)
            .setFown(SigioOwner.NOBODY)
            .setNameBytes(ByteString.copyFrom(KernelString.encode(name)));
    int mountId = context.mounts().imageMountId(descriptor.subject(), descriptor.mntId());
    if (mountId != MountLookup.NOT_IN_IMAGES) {
      file.setMntId(mountId);
    }
    return file_entry.newBuilder().setType(fd_types.REG).setId(id).setReg(file).build();
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
    if (!carried || PseudoFiles.has(descriptor)) {
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
    long limitBytes = options(context).limitBytes();
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

  /**
   * Writes what they hold, and makes links. The tree stands.
   *
   * @param willMake is told of each link before it is made
   */
  public void write(CapturedImages images, Consumer<String> willMake) throws IOException {
    for (Ghost ghost : ghosts) {
      int fd = Fcntl.open(ghost.path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
      new GhostWriter(fd).write(images, ghost.id);
    }
    for (Link link : links) {
      make(link, willMake);
    }
  }

  /** A dump before this one may have made it. */
  private static void make(Link link, Consumer<String> willMake) {
    try {
      if (FileStat.ofPath(link.target).sameFile(link.stat)) {
        return;
      }
    } catch (ErrnoException e) {
      // As a rule it is not there; what else may be wrong linkat will tell.
    }
    willMake.accept(link.target);
    try {
      Unistd.linkat(
          Fcntl.AT_FDCWD, link.source, Fcntl.AT_FDCWD, link.target, Fcntl.AT_SYMLINK_FOLLOW);
    } catch (ErrnoException e) {
      throw new DumpException(
          link.subject
              + ": its file has another name than this, and cannot get one beside it: "
              + e.getMessage(),
          e);
    }
  }
}
