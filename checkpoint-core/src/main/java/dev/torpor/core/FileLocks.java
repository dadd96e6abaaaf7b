// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.Descriptor;
import dev.torpor.file.FileLockOptions;
import dev.torpor.file.LockKind;
import dev.torpor.file.LockPlan;
import dev.torpor.file.SeenDescriptor;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_lock_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.proc.LockLine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Locks and leases of files: flock(2), fcntl_locking(2).
 *
 * <p>fdinfo lists with a descriptor what its open file has (flock, OFD, lease), and what its
 * process has of the file and took through that open file (POSIX). So the former show with every
 * duplicate in any task, and are written once, with the task that took them if it still has the
 * file.
 *
 * <p>Who waits for a lock has no lock: the call was interrupted when the thread was stopped, and is
 * made again when it goes on.
 */
final class FileLocks implements TreeRoom {
  private record Held(SeenDescriptor by, LockKind kind, LockLine line) {
    boolean byItsTaker() {
      return line.pid() > 0 && by.pids().imagePid(line.pid()) == by.imagePid();
    }
  }

  private final Map<List<Object>, Held> held = new LinkedHashMap<>();

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.FILE_LOCKS);
  }

  @Override
  public void see(SeenDescriptor seen) {
    Descriptor descriptor = seen.descriptor();
    for (String text : descriptor.fdinfoValues("lock")) {
      LockLine line = LockLine.parse("fdinfo of " + descriptor.subject(), text);
      LockKind kind = LockKind.ofWord(line.kind());
      if (kind == null) {
        throw new UnsupportedException(
            descriptor.subject(),
            "it holds a lock of kind " + line.kind() + ", which is not carried; let it go first");
      }
      if (!seen.options().of(FileLockOptions.class, () -> FileLockOptions.NONE).carried()) {
        throw refused(descriptor, kind, line);
      }
      if (kind == LockKind.LEASE && descriptor.stat().nlink() == 0) {
        throw new UnsupportedException(
            descriptor.subject(),
            "a lease of a file without a name is not carried, for to read the file would break it;"
                + " let the program give it up before the dump");
      }
      note(new Held(seen, kind, line));
    }
  }

  private static UnsupportedException refused(Descriptor descriptor, LockKind kind, LockLine line) {
    String type = line.type() == Fcntl.F_WRLCK ? "a write " : "a read ";
    String taker =
        line.pid() <= 0 || line.pid() == descriptor.pid()
            ? ""
            : ", which process " + line.pid() + " has taken";
    return new UnsupportedException(
        descriptor.subject(),
        "it holds "
            + type
            + kind.description()
            + taker
            + ": locks are carried with --file-locks, or let it release the lock before the dump");
  }

  /** A POSIX lock is of one process, each of the others of an open file. */
  private void note(Held lock) {
    int process = lock.kind == LockKind.POSIX ? lock.by.imagePid() : 0;
    List<Object> key =
        List.of(process, lock.by.fileId(), lock.kind, lock.line.start(), lock.line.end());
    Held known = held.get(key);
    if (known == null || (!known.byItsTaker() && lock.byItsTaker())) {
      held.put(key, lock);
    }
  }

  /** What the rehearsal saw may have changed since. */
  @Override
  public void freeze(WholeTree tree) {
    held.clear();
  }

  @Override
  public void write(WholeTree tree, CapturedImages images) {
    for (Held lock : held.values()) {
      images.add(ImageType.FILE_LOCKS, entry(lock));
    }
  }

  private static file_lock_entry entry(Held lock) {
    LockLine line = lock.line;
    boolean breaking = lock.kind == LockKind.LEASE && line.state().equals("BREAKING");
    return file_lock_entry
        .newBuilder()
        .setFlag(lock.kind.flag())
        .setType(line.type() | (breaking ? LockKind.LEASE_BREAKING : 0))
        .setPid(lock.by.imagePid())
        .setFd(lock.by.descriptor().fd())
        .setStart(line.start())
        .setLen(line.end() == LockLine.TO_THE_END ? 0 : line.end() + 1 - line.start())
        .build();
  }

  @Override
  public void plan(RestorePlan plan) {
    ImageStore images = plan.images();
    for (file_lock_entry entry : images.entries(ImageType.FILE_LOCKS, file_lock_entry.parser())) {
      LockPlan.plan(entry, plan.files());
    }
  }
}
