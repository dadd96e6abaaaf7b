// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the paths of watched inodes in file systems that tell a handle of each inode but open none
 * (overlayfs): by looking at names until the handle of one is that of the inode. So a wrong path
 * cannot be found.
 *
 * <p>First comes what the tasks have open and where that is, then, in a rehearsal only, {@link
 * NameWalk}.
 */
final class NameSearch implements AutoCloseable {
  private static final List<String> LINKS = List.of("cwd", "root", "exe");

  private final Descriptor descriptor;
  private final FileCapture capture;
  private final MountLookup lookup;
  private final List<MountInfo> mounts;
  private final HandleReader reader;
  private final Map<FileId, MarkedInode> missing = new HashMap<>();
  private final Set<FileId> noisy = new HashSet<>();
  private final FoundPaths known;

  private NameSearch(Descriptor descriptor, List<MountInfo> mounts, FileCapture capture) {
    this.descriptor = descriptor;
    this.capture = capture;
    this.lookup = capture.context().mounts();
    this.known = capture.state(FoundPaths.class, FoundPaths::new);
    this.mounts = mounts;
    this.reader = new HandleReader(mounts);
  }

  /**
   * Adds the paths to the handles.
   *
   * @param mounts of the task
   * @throws UnsupportedException for the first that is not found
   */
  static void find(
      Descriptor descriptor,
      List<MarkedInode> inodes,
      List<MountInfo> mounts,
      FileCapture capture) {
    try (NameSearch search = new NameSearch(descriptor, mounts, capture)) {
      for (MarkedInode inode : inodes) {
        search.start(inode);
      }
      search.findAll();
    }
  }

  private void start(MarkedInode inode) {
    if (inode.handle().getBytes() == 0) {
      throw refused(inode, "which has no file handle; let the program remove it before the dump");
    }
    FileId id = FileId.of(inode);
    missing.put(id, inode);
    if (inode.toldOfReading()) {
      noisy.add(id);
    }
  }

  private void findAll() {
    for (FileId inode : List.copyOf(missing.keySet())) {
      String path = known.of(inode);
      if (path != null) {
        lookAt(path);
      }
    }
    Set<String> places = missing.isEmpty() ? Set.of() : treeFiles();
    boolean walks = Rehearsal.of(capture.context());
    if (!missing.isEmpty() && walks) {
      walk(places);
    }
    for (MarkedInode inode : missing.values()) {
      throw refused(
          inode,
          walks
              ? "which no name has that was looked at in the time there is; say in which directory"
                  + " it is by --irmap-scan-path"
              : "which is not where it was a moment ago; try again");
    }
  }

  private void walk(Set<String> places) {
    Set<String> roots = new LinkedHashSet<>();
    for (MountInfo mount : mounts) {
      // Others that open no handles may be without end, or be served by somebody who hangs.
      if (misses(mount.device()) && mount.type().equals("overlay")) {
        roots.add(mount.mountPoint());
      }
    }
    SearchOptions options =
        capture.context().options().of(SearchOptions.class, () -> SearchOptions.NONE);
    long startNanos = System.nanoTime();
    new NameWalk(this, reader, known.leftNanos()).walk(places, options.paths(), roots);
    known.spend(System.nanoTime() - startNanos);
  }

  private UnsupportedException refused(MarkedInode inode, String why) {
    String where = "a file system that the task does not see";
    for (MountInfo mount : mounts) {
      if (mount.device() == inode.device()) {
        where = "the " + mount.type() + " at " + mount.mountPoint();
      }
    }
    return new UnsupportedException(
        descriptor.subject(),
        inode.what() + " is on inode " + inode.ino() + " of " + where + ", " + why);
  }

  /** Looks at what tasks have open and at all directories above; gives the latter. */
  private Set<String> treeFiles() {
    Set<String> places = new LinkedHashSet<>();
    Set<Integer> pids = new LinkedHashSet<>(capture.pids());
    pids.add(descriptor.pid());
    for (int pid : pids) {
      for (String link : LINKS) {
        lookAtLink(capture.context().proc().path(pid, link), places);
      }
      for (int fd : capture.context().proc().descriptors(pid)) {
        lookAtLink(capture.context().proc().path(pid, "fd/" + fd), places);
      }
    }
    for (String place : places) {
      lookAt(place);
    }
    return places;
  }

  private void lookAtLink(String link, Set<String> places) {
    String path;
    try {
      path = Unistd.readlinkat(Fcntl.AT_FDCWD, link);
    } catch (ErrnoException e) {
      // A running task has closed it.
      return;
    }
    if (!path.startsWith("/")) {
      return;
    }
    FileId id = reader.at(Fcntl.AT_FDCWD, link, Fcntl.AT_SYMLINK_FOLLOW);
    if (id != null && missing.containsKey(id) && !lookAt(path)) {
      foundDeleted(id, link);
    }
    places.add(path);
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      if (!places.add(path.substring(0, slash))) {
        return;
      }
    }
  }

  private void foundDeleted(FileId id, String link) {
    FileStat stat = FileStat.ofTarget(link);
    MarkedInode inode = missing.get(id);
    if (stat != null && stat.nlink() == 0) {
      HandlePaths.requireDeletedFile(descriptor, stat, inode, capture);
      missing.remove(id);
    }
  }

  /** Whether a path of the tasks leads to an inode that is looked for, which is found then. */
  boolean lookAt(String path) {
    FileId id = idOf(path);
    MarkedInode inode = id == null ? null : missing.remove(id);
    if (inode == null) {
      return false;
    }
    inode.handle().setPathBytes(ByteString.copyFrom(KernelString.encode(path)));
    int mount = lookup.imageMountId(descriptor.subject(), reader.mount());
    if (mount != MountLookup.NOT_IN_IMAGES) {
      inode.handle().setMntId(mount);
    }
    known.add(id, path);
    return true;
  }

  private FileId idOf(String path) {
    return reader.at(Fcntl.AT_FDCWD, hostPath(path), 0);
  }

  /** Where Torpor finds what the tasks know by a path. */
  String hostPath(String path) {
    return lookup.hostPath(descriptor.pid(), path);
  }

  /** Whether nothing is looked for any more. */
  boolean isDone() {
    return missing.isEmpty();
  }

  /** Whether something on a file system is looked for. */
  boolean misses(int device) {
    for (MarkedInode inode : missing.values()) {
      if (inode.device() == device) {
        return true;
      }
    }
    return false;
  }

  /** Whether a path leads to a file system on which something is looked for. */
  boolean missesOn(String path) {
    FileId id = idOf(path);
    return id != null && misses(id.device());
  }

  /** Whether an inode is looked for. */
  boolean isMissing(FileId inode) {
    return missing.containsKey(inode);
  }

  /** Whether a watch is told of it if somebody reads the directory at a path. */
  boolean isNoisy(String path) {
    return !noisy.isEmpty() && noisy.contains(idOf(path));
  }

  @Override
  public void close() {
    reader.close();
  }
}
