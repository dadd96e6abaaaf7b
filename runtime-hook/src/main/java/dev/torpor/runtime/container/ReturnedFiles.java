// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.oci.ArchiveLimits;
import dev.torpor.oci.Bundle;
import dev.torpor.oci.CheckpointArchive;
import dev.torpor.oci.FileArchive;
import dev.torpor.oci.PodmanContainer;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.rootfs.TreeReturn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Files that an archive has beside its images, put where a bundle has the place for them: its root
 * file system, and the directories that it binds to what were volumes and /dev/shm. All of them are
 * looked at before the first is changed.
 */
final class ReturnedFiles implements AutoCloseable {
  private static final String CHANGED = "rootfs-diff.tar";
  private static final String SHARED_MEMORY = "devshm-checkpoint.tar";
  private static final String VOLUMES = "volumes/";

  private final CheckpointArchive archive;
  private final Bundle bundle;
  private final ArchiveLimits limits;
  private final boolean withRoot;

  /** Directories by the file of the archive that they are filled from. */
  private final Map<String, Path> filled = new LinkedHashMap<>();

  private final List<TreeReturn> opened = new ArrayList<>();

  /** Of these, those that were empty. */
  private final List<TreeReturn> emptied = new ArrayList<>();

  /**
   * Looks where they are to go.
   *
   * @throws OptionException if the bundle has no place for one
   */
  ReturnedFiles(
      CheckpointArchive archive,
      Bundle bundle,
      ArchiveLimits limits,
      boolean withRoot,
      boolean withVolumes)
      throws IOException {
    this.archive = archive;
    this.bundle = bundle;
    this.limits = limits;
    this.withRoot = withRoot;
    if (!withVolumes) {
      return;
    }
    Map<String, String> destinations = PodmanContainer.volumes(archive.config());
    for (CheckpointArchive.Entry entry : archive.entries()) {
      String name = entry.name();
      if (name.equals(SHARED_MEMORY)) {
        filled.put(name, source(name, "/dev/shm"));
      } else if (name.startsWith(VOLUMES) && name.endsWith(".tar")) {
        String volume = name.substring(VOLUMES.length(), name.length() - ".tar".length());
        filled.put(name, source(name, destinations.get(volume)));
      }
    }
  }

  private Path source(String name, String destination) {
    for (RuntimeSpec.Mount mount : bundle.spec().mounts()) {
      if (mount.destination().equals(destination) && mount.isBind() && mount.source() != null) {
        return bundle.directory().resolve(mount.source());
      }
    }
    throw new OptionException(
        "the archive has "
            + name
            + ", and config.json binds nothing to "
            + (destination == null ? "its volume" : destination)
            + ": bind an empty directory there, or leave it behind with --ignore-volumes");
  }

  /** Whether a file of the archive is to be unpacked. */
  boolean wants(String name) {
    return filled.containsKey(name) || (withRoot && name.equals(CHANGED));
  }

  /**
   * Puts them there.
   *
   * @param unpacked where the archive's files are
   * @throws IOException before anything is changed, if one of them cannot be
   */
  void apply(Path unpacked) throws IOException {
    for (Map.Entry<String, Path> each : filled.entrySet()) {
      TreeReturn files = open(unpacked, each.getKey(), each.getValue(), List.of());
      if (!files.isEmpty()) {
        throw new OptionException(
            each.getValue()
                + " is not empty: what "
                + each.getKey()
                + " has would be mixed with that; empty it, or give --ignore-volumes");
      }
      emptied.add(files);
    }
    if (withRoot && archive.has(CHANGED)) {
      open(unpacked, CHANGED, bundle.rootfs(), archive.deletedFiles());
    } else if (withRoot && !archive.deletedFiles().isEmpty()) {
      throw new OptionException(
          "the archive has deleted.files without " + CHANGED + ": give --ignore-rootfs");
    }
    for (TreeReturn each : opened) {
      each.check();
    }
    for (TreeReturn each : opened) {
      each.apply();
    }
  }

  /**
   * Takes back what can be: directories that were empty are so again, and take the same archive
   * once more. What an archive changes in a root file system stays, and can be made twice.
   *
   * @return what there is to know of that, empty if all is as before
   */
  String takeBack() throws IOException {
    emptied.forEach(TreeReturn::clear);
    boolean isChanged = withRoot && archive.has(CHANGED);
    return isChanged
        ? "; what the archive changes in "
            + bundle.rootfs()
            + " is changed, a further try may follow"
        : "";
  }

  private TreeReturn open(Path unpacked, String name, Path directory, List<String> deleted)
      throws IOException {
    FileArchive files = new FileArchive(unpacked.resolve(name), name, limits);
    TreeReturn tree = new TreeReturn(directory, files, deleted);
    opened.add(tree);
    return tree;
  }

  @Override
  public void close() {
    opened.forEach(TreeReturn::close);
  }
}
