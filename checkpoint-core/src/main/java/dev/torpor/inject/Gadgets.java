// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.core.UnsupportedException;
import dev.torpor.linux.MemorySearch;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.memory.Mapping;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the two instruction sequences of the target's own code that calls through ptrace need:
 *
 * <ul>
 *   <li>{@code syscall; ret} runs a system call and goes where the stack says;
 *   <li>{@code mov $15, %eax; syscall} (the C library's signal restorer) takes all registers back
 *       from a signal frame, so that the target comes back by itself when its tracer dies.
 * </ul>
 *
 * <p>Every C library, Go's runtime and static programs have both. What was found in one mapping of
 * a file holds for all others of it.
 */
public final class Gadgets {
  private static final byte[] SYSCALL_RET = {0x0f, 0x05, (byte) 0xc3};

  /** {@code mov $15,%rax; syscall} and {@code mov $15,%eax; syscall}. */
  private static final byte[][] SIGRETURN = {
    {0x48, (byte) 0xc7, (byte) 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05},
    {(byte) 0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05}
  };

  private static final int CHUNK_BYTES = 256 * 1024;
  private static final long NOT_HERE = -1;

  /**
   * Where they are.
   *
   * @param syscallRet address of {@code syscall; ret}
   * @param sigreturn address of the restorer
   */
  public record Found(long syscallRet, long sigreturn) {}

  /** Offsets in an executable mapping, {@link #NOT_HERE} where there is none. */
  private record Offsets(long syscallRet, long sigreturn) {}

  private final Map<String, Offsets> byFile = new HashMap<>();

  /**
   * Searches the executable mappings of a task.
   *
   * @throws UnsupportedException if there are none; such a task could be left with foreign
   *     registers
   */
  public Found find(int pid, List<Mapping> mappings) {
    long syscallRet = NOT_HERE;
    long sigreturn = NOT_HERE;
    for (Mapping mapping : mappings) {
      if (!mapping.isExecutable() || !mapping.isReadable()) {
        continue;
      }
      Offsets offsets = offsets(pid, mapping);
      if (syscallRet == NOT_HERE && offsets.syscallRet != NOT_HERE) {
        syscallRet = mapping.start() + offsets.syscallRet;
      }
      if (sigreturn == NOT_HERE && offsets.sigreturn != NOT_HERE) {
        sigreturn = mapping.start() + offsets.sigreturn;
      }
      if (syscallRet != NOT_HERE && sigreturn != NOT_HERE) {
        return new Found(syscallRet, sigreturn);
      }
    }
    throw new UnsupportedException(
        "task " + pid,
        "its code has no `syscall; ret` and signal restorer, without which it could not be examined"
            + " safely; link it with a C library");
  }

  private Offsets offsets(int pid, Mapping mapping) {
    if (!mapping.hasFile()) {
      return search(pid, mapping);
    }
    String key = mapping.device() + " " + mapping.inode() + " " + mapping.offsetBytes();
    return byFile.computeIfAbsent(key, k -> search(pid, mapping));
  }

  private static Offsets search(int pid, Mapping mapping) {
    long syscallRet = NOT_HERE;
    long sigreturn = NOT_HERE;
    try (NativeMemory chunk = NativeMemory.allocate(CHUNK_BYTES)) {
      int overlap = SIGRETURN[0].length - 1;
      for (long at = 0; at < mapping.lengthBytes(); at += CHUNK_BYTES - overlap) {
        int length = (int) Math.min(CHUNK_BYTES, mapping.lengthBytes() - at);
        length = (int) ProcessVm.read(pid, mapping.start() + at, chunk, length);
        if (syscallRet == NOT_HERE) {
          syscallRet = plus(at, indexOf(chunk, length, SYSCALL_RET));
        }
        for (byte[] sequence : SIGRETURN) {
          if (sigreturn == NOT_HERE) {
            sigreturn = plus(at, indexOf(chunk, length, sequence));
          }
        }
        boolean both = syscallRet != NOT_HERE && sigreturn != NOT_HERE;
        if (both || length < CHUNK_BYTES) {
          break;
        }
      }
    }
    return new Offsets(syscallRet, sigreturn);
  }

  private static int indexOf(NativeMemory chunk, int length, byte[] sequence) {
    try (NativeMemory needle = NativeMemory.of(sequence)) {
      return MemorySearch.indexOf(chunk, length, needle);
    }
  }

  private static long plus(long base, int offset) {
    return offset < 0 ? NOT_HERE : base + offset;
  }
}
