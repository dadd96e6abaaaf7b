// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.DumpException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.timens_entry;
import dev.torpor.image.proto.timespec;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.proc.ProcException;
import java.io.IOException;
import java.util.List;

/**
 * The monotonic and the boot-time clock as the tree sees them, time_namespaces(7), Linux 5.6. CRIU
 * always writes them, under number 0 if the namespace is CRIU's own, and restores every tree into a
 * time namespace in which they run on.
 */
final class TimeNamespace implements NamespaceRoom {
  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** The number of the image when the namespace is not part of the checkpoint. */
  private static final int OWN = 0;

  private final TreeIds ids;

  TimeNamespace(TreeIds ids) {
    this.ids = ids;
  }

  @Override
  public void check() {
    // Two numbers; there is nothing that could not be carried.
  }

  @Override
  public void write(ImageDirectory images) throws IOException {
    boolean part = ids.isPart(NamespaceKind.TIME);
    timens_entry entry =
        timens_entry
            .newBuilder()
            .setMonotonic(clock(CLOCK_MONOTONIC, "monotonic"))
            .setBoottime(clock(CLOCK_BOOTTIME, "boottime"))
            .build();
    try (ImageWriter writer =
        images.write(ImageType.TIMENS, part ? ids.id(NamespaceKind.TIME) : OWN)) {
      writer.write(entry);
    }
  }

  private timespec clock(int clock, String name) {
    long nanos = now(clock);
    if (ids.isPart(NamespaceKind.TIME)) {
      nanos += offset(ids.rootPid(), name) - offset(ids.ownPid(), name);
    }
    return timespec
        .newBuilder()
        .setTvSec(Math.floorDiv(nanos, NANOS_PER_SECOND))
        .setTvNsec(Math.floorMod(nanos, NANOS_PER_SECOND))
        .build();
  }

  private static long now(int clock) {
    try (NativeMemory time = NativeMemory.allocate(16)) {
      long result = Syscall.raw(Nr.SYS_clock_gettime, clock, time.address());
      if (Syscall.failed(result)) {
        ErrnoException cause = ErrnoException.of(result, "clock_gettime", clock);
        throw new DumpException("reading the clock: " + cause.getMessage(), cause);
      }
      return time.getLong(0) * NANOS_PER_SECOND + time.getLong(8);
    }
  }

  /** A line of timens_offsets: name, seconds, nanoseconds. */
  private long offset(int pid, String name) {
    String text = ids.proc().text(pid, "timens_offsets");
    for (String line : Words.split(text, '\n')) {
      List<String> words = Words.of(line);
      if (words.size() == 3 && words.get(0).equals(name)) {
        return Long.parseLong(words.get(1)) * NANOS_PER_SECOND + Long.parseLong(words.get(2));
      }
    }
    throw new ProcException(ids.proc().path(pid, "timens_offsets"), text, "a line for " + name);
  }
}
