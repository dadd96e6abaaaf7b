// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which mapped files are the same by path and mount, or deleted and the same. CRIU gives a file
 * that some task has open also an id of its own.
 */
final class MappedPaths {
  private final Map<Integer, Integer> first = new HashMap<>();

  MappedPaths(ImageStore images) {
    Map<List<Object>, Integer> known = new HashMap<>();
    Map<Integer, Integer> elsewhere = new HashMap<>();
    for (remap_file_path_entry remap :
        images.entries(ImageType.REMAP_FPATH, remap_file_path_entry.parser())) {
      elsewhere.put(remap.getOrigId(), remap.getRemapId());
    }
    for (file_entry file : images.entries(ImageType.FILES, file_entry.parser())) {
      if (file.hasReg()) {
        List<Object> path =
            List.of(
                file.getReg().getMntId(),
                file.getReg().getNameBytes(),
                elsewhere.getOrDefault(file.getId(), 0));
        Integer earlier = known.putIfAbsent(path, file.getId());
        first.put(file.getId(), earlier == null ? file.getId() : earlier);
      }
    }
  }

  /** The first id that files.img has for the file of an id. */
  int of(int id) {
    return first.getOrDefault(id, id);
  }
}
