// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.FileTable;
import dev.torpor.file.MappedFile;
import dev.torpor.linux.Fcntl;
import dev.torpor.memory.MappedFiles;
import dev.torpor.memory.SysvSegments;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Mapped files are captured with the open ones. */
final class FilesOfMappings implements MappedFiles {
  private final FileTable files;
  private final ProcFs proc;
  private final NamespaceIds ids;
  private final AioRings rings;

  /**
   * By device, inode, path and flags, as smaps shows them to this process. Tasks of a tree map the
   * same programs and libraries again and again; opening the link of each mapping is what takes
   * time.
   */
  private final Map<List<Object>, MappedFile> known = new HashMap<>();

  FilesOfMappings(FileTable files, ProcFs proc, NamespaceIds ids, AioRings rings) {
    this.files = files;
    this.rings = rings;
    this.proc = proc;
    this.ids = ids;
  }

  @Override
  public MappedFile mapped(int pid, Mapping mapping, boolean writable) {
    int flags = writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY;
    List<Object> key = List.of(mapping.device(), mapping.inode(), mapping.name(), flags);
    MappedFile file = known.get(key);
    if (file == null) {
      file = files.mapped(pid, "map_files/" + mapping.mapFilesName(), flags);
      known.put(key, file);
    }
    return file;
  }

  @Override
  public int sharedMemory(int pid, Mapping mapping) {
    return files.sharedMemory(pid, "map_files/" + mapping.mapFilesName());
  }

  @Override
  public void attached(int pid, Mapping mapping) {
    files
        .state(SysvSegments.class, SysvSegments::new)
        .attach(
            ids.ipc(pid),
            (int) mapping.inode(),
            proc.path(pid, "map_files/" + mapping.mapFilesName()));
  }

  @Override
  public void awaitRing(int pid, Mapping mapping) {
    rings.await(pid, mapping);
  }

  @Override
  public int executable(int pid) {
    return files.mapped(pid, "exe", Fcntl.O_RDONLY).id();
  }
}
