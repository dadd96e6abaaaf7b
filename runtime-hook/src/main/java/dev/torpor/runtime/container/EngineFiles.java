// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.namespaces.TreeArchive;
import dev.torpor.oci.ArchiveWriter;
import dev.torpor.oci.PodmanContainer;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.rootfs.OverlayLayers;
import dev.torpor.runtime.rootfs.RootChanges;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an archive has of a container beside its images, and what only an engine's container has:
 * changes of an overlay, and all that Podman adds.
 */
final class EngineFiles {
  private final RuntimeContainer container;
  private final RuntimeSpec spec;
  private final String name;
  private final MountInfo root;
  private final OverlayLayers layers;
  private final PodmanContainer podman;
  private final boolean withVolumes;
  private final Map<String, Path> files = new LinkedHashMap<>();
  private List<String> deleted;

  /**
   * Looks what there is.
   *
   * @throws OptionException if changes of its root file system cannot be told
   */
  EngineFiles(RuntimeContainer container, RuntimeSpec spec, boolean withRoot, boolean withVolumes)
      throws IOException {
    this.container = container;
    this.spec = spec;
    this.name = container.name();
    this.root = rootMount(container);
    this.podman =
        PodmanContainer.owns(spec) ? PodmanContainer.of(container.id(), container.bundle()) : null;
    this.withVolumes = withVolumes;
    this.layers = withRoot ? OverlayLayers.of(root, container.rootfs()) : null;
    if (podman != null && withRoot && layers == null) {
      throw new OptionException(
          "container "
              + container.id()
              + " has a root file system of "
              + root.type()
              + ", of which nobody knows what changed: checkpoint it by podman, or leave the"
              + " changes behind with --ignore-rootfs");
    }
  }

  /** The last that is mounted there is what is seen. */
  private static MountInfo rootMount(RuntimeContainer container) throws IOException {
    MountInfo root = null;
    for (MountInfo mount : MountInfo.read(new ProcFs(Path.of("/proc")), container.pid())) {
      root = mount.mountPoint().equals("/") ? mount : root;
    }
    if (root == null) {
      throw new IOException("container " + container.id() + " has no root: it is ending");
    }
    return root;
  }

  /** What its engine called it while it ran, null if nobody knows. */
  String name() {
    return name;
  }

  /** The configuration of its runtime. */
  RuntimeSpec spec() {
    return spec;
  }

  /** Podman's, or null. */
  PodmanContainer podman() {
    return podman;
  }

  /** Whether there is nothing to collect. */
  boolean isEmpty() {
    return layers == null && podman == null;
  }

  /** Writes them into a directory; the container must not change them meanwhile. */
  void collect(Path work) throws IOException {
    if (layers != null) {
      RootChanges changes = new RootChanges(layers, container.rootfs(), mountPoints());
      try (TreeArchive tar = tar(work, "rootfs-diff.tar")) {
        changes.write(tar, root.device());
      }
      deleted = changes.deleted();
    }
    if (podman == null) {
      return;
    }
    if (podman.sharedMemory() != null) {
      collectTree(work, "devshm-checkpoint.tar", podman.sharedMemory());
    }
    if (withVolumes) {
      Files.createDirectories(work.resolve("volumes"));
      for (PodmanContainer.Volume volume : podman.volumes()) {
        collectTree(work, "volumes/" + volume.name() + ".tar", source(volume));
      }
    }
    if (podman.log() != null && Files.exists(podman.log())) {
      Path copy = Files.copy(podman.log(), work.resolve("ctr.log"));
      files.put("ctr.log", copy);
    }
  }

  private Set<String> mountPoints() {
    Set<String> mountPoints = new HashSet<>();
    for (RuntimeSpec.Mount mount :
        spec.mounts() == null ? List.<RuntimeSpec.Mount>of() : spec.mounts()) {
      mountPoints.add(Path.of("/").resolve(mount.destination()).normalize().toString());
    }
    return mountPoints;
  }

  private Path source(PodmanContainer.Volume volume) throws IOException {
    for (RuntimeSpec.Mount mount : spec.mounts()) {
      if (mount.destination().equals(volume.destination()) && mount.source() != null) {
        return Path.of(mount.source());
      }
    }
    throw new IOException(
        "volume " + volume.name() + " is not mounted: leave volumes out with --ignore-volumes");
  }

  private void collectTree(Path work, String name, Path directory) throws IOException {
    int fd = -1;
    try (TreeArchive tar = tar(work, name)) {
      fd =
          Fcntl.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
      tar.writeTree(fd, "./", directory.toString());
    } catch (ErrnoException e) {
      throw new IOException(directory + ": " + Errno.describe(e.errno()), e);
    } finally {
      if (fd >= 0) {
        Unistd.close(fd);
      }
    }
  }

  private TreeArchive tar(Path work, String name) throws IOException {
    Path file = work.resolve(name);
    files.put(name, file);
    return new TreeArchive(PrivateFile.create(file.toString()), true);
  }

  /** Puts them into an archive. */
  void add(ArchiveWriter tar) throws IOException {
    for (Map.Entry<String, Path> each : files.entrySet()) {
      tar.file(each.getKey(), each.getValue());
    }
    if (deleted != null) {
      tar.names("deleted.files", deleted);
    }
    if (podman == null) {
      return;
    }
    tar.file("network.status", podman.networkStatus());
    tar.directory("artifacts");
    if (Files.isDirectory(podman.artifacts())) {
      try (DirectoryStream<Path> artifacts =
          Files.newDirectoryStream(podman.artifacts(), Files::isRegularFile)) {
        for (Path artifact : artifacts) {
          tar.file("artifacts/" + artifact.getFileName(), artifact);
        }
      }
    }
  }
}
