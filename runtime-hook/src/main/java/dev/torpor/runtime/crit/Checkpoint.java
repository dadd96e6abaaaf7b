// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.image.proto.unix_sk_entry;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The images of a checkpoint, as lists need them. */
public final class Checkpoint {
  private final ImageStore images;
  private final Map<Integer, file_entry> files = new HashMap<>();

  /** Reads the open files; all else when it is asked for. */
  public Checkpoint(ImageStore images) {
    this.images = images;
    for (file_entry file : images.entries(ImageType.FILES, file_entry.parser())) {
      files.put(file.getId(), file);
    }
  }

  /** All tasks, parents before their children. */
  public List<pstree_entry> tasks() {
    return images.required(ImageType.PSTREE, ImageStore.ONLY, pstree_entry.parser());
  }

  /** Attributes of a task and of its first thread. */
  public core_entry core(pstree_entry task) {
    return images.only(ImageType.CORE, number(task.getPid()), core_entry.parser());
  }

  /** Null for a task that has ended. */
  public mm_entry memory(pstree_entry task) {
    return images.optional(ImageType.MM, number(task.getPid()), mm_entry.parser());
  }

  /** Null for a task that has ended. */
  public fs_entry directories(pstree_entry task) {
    return images.optional(ImageType.FS, number(task.getPid()), fs_entry.parser());
  }

  /** None for a task that has ended. */
  public List<fdinfo_entry> descriptors(pstree_entry task) {
    task_kobj_ids_entry ids =
        images.optional(ImageType.IDS, number(task.getPid()), task_kobj_ids_entry.parser());
    return ids == null
        ? List.of()
        : images.entries(ImageType.FDINFO, number(ids.getFilesId()), fdinfo_entry.parser());
  }

  /** None for a task that has ended. */
  List<pagemap_entry> pages(pstree_entry task) throws IOException {
    if (!images.has(ImageType.PAGEMAP, number(task.getPid()))) {
      return List.of();
    }
    try (ImageReader pagemap = images.read(ImageType.PAGEMAP, number(task.getPid()))) {
      pagemap.next(pagemap_head.parser());
      return pagemap.rest(pagemap_entry.parser());
    }
  }

  /** How long a run of pages is; checkpoints before CRIU 4.0 have but the narrow field. */
  public static long pages(pagemap_entry run) {
    return run.hasNrPages() ? run.getNrPages() : number(run.getCompatNrPages());
  }

  /** The file of a number, null if no image tells of it. */
  public file_entry file(int id) {
    return files.get(id);
  }

  /** What a descriptor leads to: a path, the number of a pipe, the names of a socket. */
  public String describe(fd_types type, int id) {
    file_entry file = files.get(id);
    return switch (type) {
      case REG -> path(id);
      case PIPE -> file == null ? "pipe[?]" : "pipe[" + number(file.getPipe().getPipeId()) + ']';
      case UNIXSK -> file == null ? "unix[?]" : unix(file.getUsk());
      default -> type + "." + number(id);
    };
  }

  /** The path of a regular file or directory. */
  public String path(int id) {
    file_entry file = files.get(id);
    return file == null || file.getReg().getName().isEmpty()
        ? "unknown path"
        : file.getReg().getName();
  }

  private static String unix(unix_sk_entry socket) {
    String name = socket.getName().isEmpty() ? "" : ' ' + FieldText.of(socket, "name");
    return "unix[" + number(socket.getIno()) + " (" + number(socket.getPeer()) + ')' + name + ']';
  }

  /** Numbers in images have no sign. */
  public static long number(int value) {
    return Integer.toUnsignedLong(value);
  }
}
