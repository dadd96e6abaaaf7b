// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_prop_entry;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What a restore has changed in the cgroup file systems, and the way back. */
final class CgroupUndo {
  private static final long RETRY_NANOS = 2_000_000;

  private interface Step {
    void undo() throws IOException;
  }

  private final List<Path> created = new ArrayList<>();
  private final Set<Path> createdSet = new HashSet<>();
  private final Deque<Step> changes = new ArrayDeque<>();

  void created(Path directory) {
    created.add(directory);
    createdSet.add(directory);
  }

  boolean hasCreated(Path directory) {
    return createdSet.contains(directory);
  }

  List<Path> createdDirectories() {
    return List.copyOf(created);
  }

  /** Notes the value of a file of a directory that was there before. */
  void changes(CgroupDirectory directory, String property, Controller controller)
      throws CgroupException {
    String before = controller.capture(property, directory.read(property));
    changes.push(() -> controller.restore(directory, property, before, warning -> {}));
  }

  /** Notes a limit of a directory that was there before. */
  void changesLimit(CgroupDirectory directory, cgroup_prop_entry limit) throws CgroupException {
    String before = directory.read(limit.getName()).strip();
    changes.push(() -> Limits.putBack(directory, limit, before));
  }

  /** Notes owner and mode of a file or directory that was there before. */
  void changesOwnership(Path path) throws CgroupException {
    try {
      Ownership before = Ownership.of(path);
      changes.push(() -> before.apply(path));
    } catch (IOException e) {
      throw new CgroupException("stat " + path, e);
    }
  }

  /** Puts values back, then removes directories, the latest first. */
  void run(long timeoutMillis) throws CgroupException {
    CgroupException first = null;
    while (!changes.isEmpty()) {
      try {
        changes.pop().undo();
      } catch (CgroupException e) {
        first = keep(first, new CgroupException("undo of a failed restore", e));
      } catch (IOException e) {
        first = keep(first, new CgroupException("undo of a failed restore", e));
      }
    }
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
    for (int i = created.size() - 1; i >= 0; i--) {
      try {
        remove(created.get(i), deadline);
      } catch (CgroupException e) {
        first = keep(first, e);
      }
    }
    created.clear();
    createdSet.clear();
    if (first != null) {
      throw first;
    }
  }

  private static CgroupException keep(CgroupException first, CgroupException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  /** A task that was killed leaves its cgroup a moment later. */
  private static void remove(Path directory, long deadline) throws CgroupException {
    while (true) {
      try {
        Files.delete(directory);
        return;
      } catch (NoSuchFileException e) {
        return;
      } catch (DirectoryNotEmptyException e) {
        throw new CgroupException("remove cgroup " + directory, e);
      } catch (IOException e) {
        if (System.nanoTime() - deadline >= 0) {
          throw new CgroupException("remove cgroup " + directory, e);
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }
}
