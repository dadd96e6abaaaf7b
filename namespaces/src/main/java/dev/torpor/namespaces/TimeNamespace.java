// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.timens_entry;
import dev.torpor.image.proto.timespec;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Contribution;
import dev.torpor.proc.Clocks;
import java.io.IOException;
import java.util.Set;

/**
 * The monotonic and the boot-time clock as the tree sees them, time_namespaces(7), Linux 5.6. CRIU
 * always writes them, under number 0 if the namespace is CRIU's own, and restores every tree into a
 * time namespace in which they run on.
 */
final class TimeNamespace implements NamespaceRoom {
  /** The number of the image when the namespace is not part of the checkpoint. */
  private static final int OWN = 0;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.TIMENS);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.TIME;
  }

  @Override
  public boolean isAlwaysWritten() {
    return true;
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    TreeIds tree = namespace.tree();
    Clocks clocks = Clocks.now(tree.proc(), tree.ownPid()).seenBy(tree.proc(), namespace.pid());
    int id = tree.isPart(NamespaceKind.TIME) ? namespace.id() : OWN;
    images.add(
        ImageType.TIMENS,
        id,
        timens_entry
            .newBuilder()
            .setMonotonic(time(clocks.monotonicNanos()))
            .setBoottime(time(clocks.boottimeNanos()))
            .build());
  }

  @Override
  public boolean isReturned(ReturnedNamespace namespace) {
    return namespace.options().isTimeNamespace()
        && namespace.images().has(ImageType.TIMENS, imageId(namespace));
  }

  /** It is made for children first: see {@link #plan}. */
  @Override
  public boolean isMadeByClone() {
    return false;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    timens_entry then =
        namespace.images().only(ImageType.TIMENS, imageId(namespace), timens_entry.parser());
    return program -> plan(then, namespace.clocks(), program);
  }

  private static int imageId(ReturnedNamespace namespace) {
    return namespace.isPart() ? namespace.id() : OWN;
  }

  private static timespec time(long nanos) {
    return timespec
        .newBuilder()
        .setTvSec(Math.floorDiv(nanos, Clocks.NANOS_PER_SECOND))
        .setTvNsec(Math.floorMod(nanos, Clocks.NANOS_PER_SECOND))
        .build();
  }

  /**
   * Appends the calls that put the caller, which must be the only thread, into a time namespace
   * whose clocks stand where the dump saw them. The offsets can be set only while nobody lives in
   * the namespace: it is made for children first, then entered.
   *
   * @param now this host's clocks a moment ago; the tree's clocks never go back
   */
  private static void plan(timens_entry then, Clocks now, Program program) {
    int flag = NamespaceKind.TIME.cloneFlag();
    program.call("making a time namespace", Nr.SYS_unshare).arg(flag);
    String offsets =
        line("monotonic", then.getMonotonic(), now.monotonicNanos())
            + line("boottime", then.getBoottime(), now.boottimeNanos());
    FileWrite.append(
        program,
        "setting the offsets of the time namespace",
        Fcntl.AT_FDCWD,
        "/proc/self/timens_offsets",
        offsets);
    String purpose = "entering the time namespace";
    Op space =
        program
            .call(purpose + ": opening it", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string("/proc/self/ns/time_for_children"))
            .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
    program.call(purpose, Nr.SYS_setns).arg(space).arg(flag);
    program.call(purpose + ": closing it", Nr.SYS_close).arg(space);
  }

  private static String line(String clock, timespec then, long nowNanos) {
    long offset = then.getTvSec() * Clocks.NANOS_PER_SECOND + then.getTvNsec() - nowNanos;
    return clock
        + " "
        + Math.floorDiv(offset, Clocks.NANOS_PER_SECOND)
        + " "
        + Math.floorMod(offset, Clocks.NANOS_PER_SECOND)
        + "\n";
  }
}
