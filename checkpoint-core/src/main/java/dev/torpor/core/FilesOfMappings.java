// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.FileTable;
import dev.torpor.linux.Fcntl;
import dev.torpor.memory.MappedFiles;
import dev.torpor.memory.Mapping;

/** Mapped files are captured with the open ones. */
record FilesOfMappings(FileTable files) implements MappedFiles {
  @Override
  public int mapped(int pid, Mapping mapping, boolean writable) {
    return files.regularFile(
        pid, "map_files/" + mapping.mapFilesName(), writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY);
  }

  @Override
  public int sharedMemory(int pid, Mapping mapping) {
    return files.sharedMemory(pid, "map_files/" + mapping.mapFilesName());
  }

  @Override
  public int executable(int pid) {
    return files.regularFile(pid, "exe", Fcntl.O_RDONLY);
  }
}
