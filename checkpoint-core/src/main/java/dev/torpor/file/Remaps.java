// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.image.proto.remap_type;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A fact: which files of files.img are not to be found at their path, and where tasks have them
 * instead. The root task makes each of them again, and all inherit a descriptor for its path, from
 * which it is opened as from the path.
 */
final class Remaps {
  /** Bit of a number in images of old versions, which have no type. */
  private static final int OLD_GHOST = 1 << 31;

  private final Map<Integer, ServiceFd> places = new HashMap<>();

  /** Plans the return of all. */
  static void prepare(FilesPlanner planner) {
    Remaps remaps = new Remaps();
    planner.facts().with(remaps);
    Map<Integer, GhostFile> ghosts = new LinkedHashMap<>();
    for (remap_file_path_entry remap :
        planner.images().entries(ImageType.REMAP_FPATH, remap_file_path_entry.parser())) {
      int id = remap.getRemapId();
      file_entry file = planner.entry(remap.getOrigId());
      refuseOthers(remap, file);
      GhostFile ghost = ghosts.get(id);
      if (ghost == null) {
        ghost = new GhostFile(planner, id);
        ghosts.put(id, ghost);
      }
      ByteString name = file.getReg().getNameBytes();
      remaps.places.put(file.getId(), ghost.place(name, planner));
    }
    for (GhostFile ghost : ghosts.values()) {
      ghost.plan(planner.root().plan());
    }
  }

  private static void refuseOthers(remap_file_path_entry remap, file_entry file) {
    String subject = file.hasReg() ? file.getReg().getName() : "file " + remap.getOrigId();
    if (!file.hasReg() || !remap.hasRemapType() || (remap.getRemapId() & OLD_GHOST) != 0) {
      throw new UnsupportedException(
          subject, "remap-fpath.img says it is elsewhere in a way that is not known");
    }
    if (remap.getRemapType() != remap_type.GHOST) {
      throw new UnsupportedException(
          subject,
          remap.getRemapType() == remap_type.LINKED
              ? "files that lost one of several names (--link-remap) are not carried yet"
              : "files of processes that have ended (/proc) are not carried yet");
    }
  }

  /** Where a file is, or null if it is at its path. */
  ServiceFd of(int fileId) {
    return places.get(fileId);
  }
}
