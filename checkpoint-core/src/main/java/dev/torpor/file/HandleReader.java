// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Pipe;
import dev.torpor.linux.Pipe.FileHandle;
import dev.torpor.proc.MountInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks what names lead to: name_to_handle_at(2) with AT_HANDLE_FID, Linux 6.5. */
final class HandleReader implements AutoCloseable {
  private final Map<Integer, Integer> devices = new HashMap<>();
  private final NativeMemory memory =
      NativeMemory.allocate(FileHandle.SIZEOF + MarkLine.HANDLE_BYTES);
  private int mount;

  /** Of a task who sees these mounts. */
  HandleReader(List<MountInfo> mounts) {
    for (MountInfo each : mounts) {
      devices.put(each.id(), each.device());
    }
  }

  /**
   * What a name leads to; a symbolic link at its end is followed only with AT_SYMLINK_FOLLOW.
   *
   * @return null if there is none, it is on no mount of the task, or its file system gives no
   *     handles
   */
  FileId at(int dirfd, String name, int flags) {
    memory.putInt(FileHandle.handle_bytes, MarkLine.HANDLE_BYTES);
    try {
      mount = Pipe.nameToHandleAt(dirfd, name, memory, Fcntl.AT_HANDLE_FID | flags);
    } catch (ErrnoException e) {
      return null;
    }
    Integer device = devices.get(mount);
    return device == null
        ? null
        : new FileId(
            device,
            memory.getInt(FileHandle.handle_type),
            memory.getBytes(FileHandle.f_handle, memory.getInt(FileHandle.handle_bytes)));
  }

  /** The mount of the last name that led anywhere. */
  int mount() {
    return mount;
  }

  @Override
  public void close() {
    memory.close();
  }
}
