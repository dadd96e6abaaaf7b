// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.ghost_xattr;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Time;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ImagesDescriptor;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The return of an inode without a name: it is made under its old name, opened and unlinked at
 * once, and gets its content then. So /proc shows the name it had, and a restore that ends in the
 * middle leaves nothing behind, unless it is killed between two calls. If somebody else has the
 * name by now, another one beside it is taken.
 */
final class GhostFile implements RemappedFile {
  private static final int NANOS_PER_MICRO = 1000;

  private final int id;
  private final Facts facts;
  private final GhostImage image;
  private final ghost_file_entry entry;
  private final Map<ByteString, ServiceFd> places = new LinkedHashMap<>();

  /** Reads the image with a number. */
  GhostFile(FilesPlanner planner, int id) {
    this.id = id;
    this.facts = planner.facts();
    this.image = GhostImage.read(planner.images(), id);
    this.entry = image.entry();
    switch (type()) {
      case Stat.S_IFREG, Stat.S_IFDIR, Stat.S_IFIFO, Stat.S_IFCHR -> {}
      default ->
          throw new UnsupportedException(
              ImageType.GHOST_FILE.fileName(id),
              "deleted files of mode 0"
                  + Integer.toOctalString(entry.getMode())
                  + " are not carried yet; restore with CRIU");
    }
  }

  private int type() {
    return entry.getMode() & Stat.S_IFMT;
  }

  @Override
  public ServiceFd place(ByteString name, FilesPlanner planner) {
    return places.computeIfAbsent(name, key -> planner.reserve());
  }

  /** Whether it was this inode when it was dumped. */
  boolean was(int device, long ino) {
    return entry.getDev() == device && entry.getIno() == ino;
  }

  /** Where all tasks find it. */
  ServiceFd anyPlace() {
    return places.values().iterator().next();
  }

  @Override
  public void plan(ThreadPlan root) {
    root.at(Step.OPEN_SHARED, this::make);
  }

  private void make(Program program) {
    GhostName first = null;
    List<GhostName> others = new ArrayList<>();
    for (Map.Entry<ByteString, ServiceFd> place : places.entrySet()) {
      GhostName name =
          new GhostName(
              program, place.getKey().toByteArray(), id, place.getValue().number(), proc());
      if (first == null) {
        first = name;
      } else {
        others.add(name);
      }
    }
    if (isTemporary(first)) {
      first.openTemporary(entry.getMode());
    } else {
      first.make(entry.getMode(), entry.getRdev(), others);
    }
    if (type() == Stat.S_IFREG) {
      image.fill(program, first.purpose(), images(), first.fd());
    }
    describe(program, first);
    if (type() == Stat.S_IFREG) {
      first.keepPathOnly();
    }
  }

  /** The kernel names a file of O_TMPFILE so; it can still get its first name by linkat(2). */
  private boolean isTemporary(GhostName first) {
    return type() == Stat.S_IFREG
        && first.path().endsWith("/#" + Long.toUnsignedString(entry.getIno()));
  }

  /** What writing changes comes last. Times are that of this inode, not of what it is opened by. */
  private void describe(Program program, GhostName made) {
    Data path = program.string("self/fd/" + made.fd());
    String purpose = made.purpose();
    program
        .call(purpose + ": fchownat", Nr.SYS_fchownat)
        .arg(proc())
        .arg(path)
        .arg(entry.getUid())
        .arg(entry.getGid())
        .arg(0);
    program
        .call(purpose + ": fchmodat", Nr.SYS_fchmodat)
        .arg(proc())
        .arg(path)
        .arg(entry.getMode() & ~Stat.S_IFMT);
    for (ghost_xattr attribute : entry.getXattrsList()) {
      byte[] value = attribute.getValue().toByteArray();
      String name = KernelString.decode(attribute.getName().toByteArray());
      program
          .call(purpose + ": fsetxattr " + name, Nr.SYS_fsetxattr)
          .arg(made.fd())
          .arg(GhostName.text(program, attribute.getName().toByteArray()))
          .arg(program.bytes(value.length == 0 ? new byte[1] : value))
          .arg(value.length)
          .arg(0);
    }
    if (entry.hasAtim() && entry.hasMtim()) {
      program
          .call(purpose + ": utimensat", Nr.SYS_utimensat)
          .arg(proc())
          .arg(path)
          .arg(times(program))
          .arg(0);
    }
  }

  private Data times(Program program) {
    Data times = program.reserve(2 * Time.Timespec.SIZEOF);
    times
        .putLong(Time.Timespec.tv_sec, entry.getAtim().getTvSec())
        .putLong(
            Time.Timespec.tv_nsec,
            entry.hasAtimNsec()
                ? entry.getAtimNsec()
                : entry.getAtim().getTvUsec() * NANOS_PER_MICRO)
        .putLong(Time.Timespec.SIZEOF + Time.Timespec.tv_sec, entry.getMtim().getTvSec())
        .putLong(
            Time.Timespec.SIZEOF + Time.Timespec.tv_nsec,
            entry.hasMtimNsec()
                ? entry.getMtimNsec()
                : entry.getMtim().getTvUsec() * NANOS_PER_MICRO);
    return times;
  }

  private int proc() {
    return facts.get(ProcDescriptor.class).number();
  }

  private int images() {
    return facts.get(ImagesDescriptor.class).number();
  }
}
