// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Mappings and their image entries. */
final class VmaRoom {
  /** A mapping that has guard regions, or had; shown since Linux 6.18. */
  static final String GUARD_FLAG = "gu";

  /** VmFlags that say nothing that must be carried, or that the fields of an entry hold. */
  private static final String HARMLESS =
      " rd wr ex sh mr mw me ms gd lo nr de ac sd dp " + GUARD_FLAG + " ";

  /** VmFlags with the madvise(2) that sets them. */
  private static final String[] ADVICE_FLAGS = {"sr", "rr", "dc", "dd", "mg", "hg", "nh", "wf"};

  private static final int[] ADVICE = {
    Mman.MADV_SEQUENTIAL,
    Mman.MADV_RANDOM,
    Mman.MADV_DONTFORK,
    Mman.MADV_DONTDUMP,
    Mman.MADV_MERGEABLE,
    Mman.MADV_HUGEPAGE,
    Mman.MADV_NOHUGEPAGE,
    Mman.MADV_WIPEONFORK
  };

  private static final String SHARED_ANONYMOUS = "/dev/zero (deleted)";

  private VmaRoom() {}

  /**
   * The entries of all mappings of a task. The parts of vvar, which Linux 6.13 split, are one entry
   * as before.
   *
   * @throws UnsupportedException for a mapping of a kind that is not carried
   */
  static List<vma_entry> capture(int pid, List<Mapping> mappings, MappedFiles files) {
    Map<String, Long> advices = new HashMap<>();
    List<vma_entry> entries = new ArrayList<>(mappings.size());
    for (Mapping mapping : mappings) {
      if (mapping.name().equals("[vvar_vclock]")) {
        int last = entries.size() - 1;
        entries.set(last, entries.get(last).toBuilder().setEnd(mapping.end()).build());
      } else {
        entries.add(entry(pid, mapping, files, advices));
      }
    }
    return entries;
  }

  private static vma_entry entry(int pid, Mapping m, MappedFiles files, Map<String, Long> advices) {
    vma_entry.Builder vma =
        vma_entry
            .newBuilder()
            .setStart(m.start())
            .setEnd(m.end())
            .setPgoff(0)
            .setShmid(0)
            .setProt(m.protection())
            .setFd(-1);
    int flags =
        m.isShared() ? Mman.MAP_SHARED : m.hasFlag("dp") ? Mman.MAP_DROPPABLE : Mman.MAP_PRIVATE;
    if (m.hasFlag("gd")) {
      flags |= Mman.MAP_GROWSDOWN;
    }
    if (m.hasFlag("lo")) {
      flags |= Mman.MAP_LOCKED;
    }
    if (m.hasFlag("nr")) {
      flags |= Mman.MAP_NORESERVE;
    }
    long advice = advice(pid, m, advices);
    if (advice != 0) {
      vma.setMadv(advice);
    }
    if (m.name().equals(SHARED_ANONYMOUS)) {
      return vma.setFlags(flags)
          .setStatus(VmaStatus.REGULAR | VmaStatus.FILE_SHARED | VmaStatus.MEMFD)
          .setPgoff(m.offsetBytes())
          .setShmid(files.sharedMemory(pid, m))
          .setFdflags(Fcntl.O_RDWR)
          .build();
    }
    if (!m.hasFile()) {
      return vma.setFlags(flags | Mman.MAP_ANONYMOUS).setStatus(anonymousStatus(pid, m)).build();
    }
    refuseSpecialFile(pid, m, files);
    boolean writable = m.isShared() && m.hasFlag("mw");
    return vma.setFlags(flags)
        .setStatus(
            VmaStatus.REGULAR | (m.isShared() ? VmaStatus.FILE_SHARED : VmaStatus.FILE_PRIVATE))
        .setPgoff(m.offsetBytes())
        .setShmid(files.mapped(pid, m, writable))
        .setFdflags(writable ? Fcntl.O_RDWR : Fcntl.O_RDONLY)
        .build();
  }

  private static int anonymousStatus(int pid, Mapping m) {
    return VmaStatus.ANON_PRIVATE
        | switch (m.name()) {
          case "[vdso]" -> VmaStatus.REGULAR | VmaStatus.VDSO;
          case "[vvar]" -> VmaStatus.REGULAR | VmaStatus.VVAR;
          case "[vsyscall]" -> VmaStatus.VSYSCALL;
          case "[heap]" -> VmaStatus.REGULAR | VmaStatus.HEAP;
          case "", "[stack]" -> VmaStatus.REGULAR;
          default -> {
            if (!m.name().startsWith("[anon:")) {
              throw new UnsupportedException(
                  m + " of task " + pid, "this kind of mapping is not carried");
            }
            yield VmaStatus.REGULAR;
          }
        };
  }

  /** The name of a file can end in what the kernel adds to that of a deleted one. */
  private static void refuseSpecialFile(int pid, Mapping m, MappedFiles files) {
    boolean deleted = m.name().endsWith(" (deleted)") && !files.exists(pid, m);
    if (deleted || !m.name().startsWith("/")) {
      String why =
          m.name().startsWith("/SYSV")
              ? "System V shared memory is not carried yet"
              : m.name().startsWith("/memfd:")
                  ? "mapped memfds are not carried yet"
                  : deleted
                      ? "the mapped file was deleted; restart the program with the new file"
                      : "a mapping of this kind of file is not carried";
      throw new UnsupportedException(m + " of task " + pid, why);
    }
  }

  /**
   * What was advised to a mapping, one bit per madvise(2) value.
   *
   * @param known by VmFlags, of which a task with many mappings has few different ones
   */
  private static long advice(int pid, Mapping m, Map<String, Long> known) {
    boolean special =
        m.name().equals("[vvar]") || m.name().equals("[vdso]") || m.name().equals("[vsyscall]");
    Long seen = special ? null : known.get(m.vmFlags());
    if (seen != null) {
      return seen;
    }
    long advice = 0;
    String flags = m.vmFlags();
    for (int at = 1; at + 2 < flags.length(); at += 3) {
      String flag = flags.substring(at, at + 2);
      int index = index(flag);
      if (index >= 0) {
        advice |= 1L << ADVICE[index];
      } else if (!special && !HARMLESS.contains(" " + flag + " ")) {
        throw new UnsupportedException(
            m + " of task " + pid, "its property \"" + flag + "\" (VmFlags) is not carried");
      }
    }
    if (!special) {
      known.put(flags, advice);
    }
    return advice;
  }

  private static int index(String flag) {
    for (int i = 0; i < ADVICE_FLAGS.length; i++) {
      if (ADVICE_FLAGS[i].equals(flag)) {
        return i;
      }
    }
    return -1;
  }
}
