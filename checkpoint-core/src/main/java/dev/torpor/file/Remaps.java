// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.image.proto.remap_type;
import dev.torpor.linux.KernelString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A fact: which files of files.img are not to be found at their path, and where tasks have them
 * instead. The root task makes each of them again, and all inherit a descriptor for its path, from
 * which it is opened as from the path.
 */
public final class Remaps {
  /** Bit of a number in images of old versions, which have no type. */
  private static final int OLD_GHOST = 1 << 31;

  private final Map<Integer, ServiceFd> places = new HashMap<>();
  private final List<GhostFile> ghosts = new ArrayList<>();

  /** Plans the return of all. */
  static void prepare(FilesPlanner planner) {
    Remaps remaps = new Remaps();
    planner.facts().with(remaps);
    Map<List<Object>, RemappedFile> files = new LinkedHashMap<>();
    for (remap_file_path_entry remap :
        planner.images().entries(ImageType.REMAP_FPATH, remap_file_path_entry.parser())) {
      int id = remap.getRemapId();
      file_entry file = planner.entry(remap.getOrigId());
      refuseOthers(remap, file);
      RemappedFile remapped =
          files.computeIfAbsent(
              List.of(remap.getRemapType(), id),
              key ->
                  remap.getRemapType() == remap_type.GHOST
                      ? new GhostFile(planner, id)
                      : new LinkedFile(planner, id));
      ByteString name = file.getReg().getNameBytes();
      remaps.places.put(file.getId(), remapped.place(name, planner));
    }
    for (RemappedFile remapped : files.values()) {
      if (remapped instanceof GhostFile ghost) {
        remaps.ghosts.add(ghost);
      }
      remapped.plan(planner.root().plan());
    }
  }

  private static void refuseOthers(remap_file_path_entry remap, file_entry file) {
    String subject = file.hasReg() ? file.getReg().getName() : "file " + remap.getOrigId();
    if (!file.hasReg() || !remap.hasRemapType() || (remap.getRemapId() & OLD_GHOST) != 0) {
      throw new UnsupportedException(
          subject, "remap-fpath.img says it is elsewhere in a way that is not known");
    }
    if (remap.getRemapType() == remap_type.PROCFS) {
      throw new UnsupportedException(
          subject, "files of processes that have ended (/proc) are not carried yet");
    }
  }

  /** The names that a dump has made, from the root of the tree. */
  public static List<String> links(ImageStore images) {
    Set<Integer> links = new HashSet<>();
    for (remap_file_path_entry remap :
        images.entries(ImageType.REMAP_FPATH, remap_file_path_entry.parser())) {
      if (remap.hasRemapType() && remap.getRemapType() == remap_type.LINKED) {
        links.add(remap.getRemapId());
      }
    }
    List<String> names = new ArrayList<>();
    for (file_entry file : images.entries(ImageType.FILES, file_entry.parser())) {
      if (file.hasReg() && links.contains(file.getId())) {
        names.add(KernelString.decode(file.getReg().getNameBytes().toByteArray()));
      }
    }
    return names;
  }

  /** Where a deleted file is that was this inode, or null; CRIU finds watched ones so. */
  ServiceFd ofInode(int device, long ino) {
    for (GhostFile ghost : ghosts) {
      if (ghost.was(device, ino)) {
        return ghost.anyPlace();
      }
    }
    return null;
  }

  /** Where a file is, or null if it is at its path. */
  ServiceFd of(int fileId) {
    return places.get(fileId);
  }
}
