// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.MemorySearch;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.proc.Mapping;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the instruction sequences of the target's own code that calls through ptrace need:
 *
 * <ul>
 *   <li>{@code syscall; ret} runs a system call and goes where the stack says;
 *   <li>{@code mov $15, %eax; syscall} (the C library's signal restorer) takes all registers back
 *       from a signal frame, so that the target comes back by itself when its tracer dies;
 *   <li>those of a {@link CallChain}, which most programs have; without them calls are made one by
 *       one.
 * </ul>
 *
 * <p>Every C library, Go's runtime and static programs have the first two. What was found in one
 * mapping of a file holds for all others of it.
 */
public final class Gadgets {
  private static final int SYSCALL_RET = 0;

  /** {@code mov $15,%rax; syscall} and {@code mov $15,%eax; syscall}. */
  private static final int SIGRETURN = 1;

  private static final int SIGRETURN_SHORT = 2;
  private static final int POP_RAX = 3;
  private static final int POP_RDI = 4;
  private static final int POP_RSI = 5;
  private static final int POP_RDX = 6;
  private static final int STORE_AT_RDX = 7;
  private static final int STORE_AT_RSI = 8;
  private static final int STORE_AT_RDI = 9;

  /** Each with the {@code ret} behind it, which the restorer does not come to. */
  private static final byte[][] SEQUENCES = {
    {0x0f, 0x05, (byte) 0xc3},
    {0x48, (byte) 0xc7, (byte) 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05},
    {(byte) 0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05},
    {0x58, (byte) 0xc3},
    {0x5f, (byte) 0xc3},
    {0x5e, (byte) 0xc3},
    {0x5a, (byte) 0xc3},
    {0x48, (byte) 0x89, 0x02, (byte) 0xc3},
    {0x48, (byte) 0x89, 0x06, (byte) 0xc3},
    {0x48, (byte) 0x89, 0x07, (byte) 0xc3},
  };

  private static final int LONGEST = 9;
  private static final int CHUNK_BYTES = 256 * 1024;
  private static final long NOT_HERE = -1;

  /**
   * Where they are.
   *
   * @param syscallRet address of {@code syscall; ret}
   * @param sigreturn address of the restorer
   * @param chain for {@link CallChain}; null if the task lacks one of them
   */
  public record Found(long syscallRet, long sigreturn, ForChain chain) {}

  /**
   * Addresses of {@code pop} of registers, and of an instruction that stores %rax.
   *
   * @param popRdx {@link #NOT_HERE} in many static programs
   * @param popPlace sets the register at which {@code storeRax} stores
   */
  public record ForChain(
      long popRax, long popRdi, long popRsi, long popRdx, long popPlace, long storeRax) {
    boolean hasPopRdx() {
      return popRdx != NOT_HERE;
    }
  }

  /** Offsets in an executable mapping, {@link #NOT_HERE} where there is none. */
  private final Map<String, long[]> byFile = new HashMap<>();

  /**
   * Searches the executable mappings of a task.
   *
   * @throws UnsupportedException if there are no two; such a task could be left with foreign
   *     registers
   */
  public Found find(int pid, List<Mapping> mappings) {
    long[] found = search(pid, mappings);
    if (!isEnough(found)) {
      throw new UnsupportedException(
          "task " + pid,
          "its code has no `syscall; ret` and signal restorer, without which it could not be"
              + " examined safely; link it with a C library");
    }
    return new Found(found[SYSCALL_RET], restorer(found), forChain(found));
  }

  /** Whether {@link #find} would find enough. */
  public boolean suffice(int pid, List<Mapping> mappings) {
    return isEnough(search(pid, mappings));
  }

  private long[] search(int pid, List<Mapping> mappings) {
    long[] found = nothing();
    for (Mapping mapping : mappings) {
      if (mapping.hasFile() && !isComplete(found)) {
        search(pid, mapping, found);
      }
    }
    if (!isEnough(found)) {
      // Code that a program made itself has to be searched in each process anew.
      for (Mapping mapping : mappings) {
        if (!mapping.hasFile()) {
          search(pid, mapping, found);
        }
      }
    }
    return found;
  }

  private static ForChain forChain(long[] found) {
    int[] stores = {STORE_AT_RSI, STORE_AT_RDI, STORE_AT_RDX};
    int[] pops = {POP_RSI, POP_RDI, POP_RDX};
    if (found[POP_RAX] == NOT_HERE || found[POP_RDI] == NOT_HERE || found[POP_RSI] == NOT_HERE) {
      return null;
    }
    for (int i = 0; i < stores.length; i++) {
      if (found[stores[i]] != NOT_HERE && found[pops[i]] != NOT_HERE) {
        return new ForChain(
            found[POP_RAX],
            found[POP_RDI],
            found[POP_RSI],
            found[POP_RDX],
            found[pops[i]],
            found[stores[i]]);
      }
    }
    return null;
  }

  private static long[] nothing() {
    long[] offsets = new long[SEQUENCES.length];
    Arrays.fill(offsets, NOT_HERE);
    return offsets;
  }

  private static long restorer(long[] found) {
    return found[SIGRETURN] != NOT_HERE ? found[SIGRETURN] : found[SIGRETURN_SHORT];
  }

  private static boolean isEnough(long[] found) {
    return found[SYSCALL_RET] != NOT_HERE && restorer(found) != NOT_HERE;
  }

  /** Nothing better would be found: one restorer is enough, and one place to store at. */
  private static boolean isComplete(long[] found) {
    ForChain chain = forChain(found);
    return isEnough(found) && chain != null && chain.hasPopRdx();
  }

  /** Adds the addresses of what a mapping has and {@code found} lacks. */
  private void search(int pid, Mapping mapping, long[] found) {
    if (!mapping.isExecutable() || !mapping.isReadable()) {
      return;
    }
    long[] offsets = offsets(pid, mapping);
    for (int i = 0; i < found.length; i++) {
      if (found[i] == NOT_HERE && offsets[i] != NOT_HERE) {
        found[i] = mapping.start() + offsets[i];
      }
    }
  }

  private long[] offsets(int pid, Mapping mapping) {
    if (!mapping.hasFile()) {
      return offsetsIn(pid, mapping);
    }
    String key = mapping.device() + " " + mapping.inode() + " " + mapping.offsetBytes();
    return byFile.computeIfAbsent(key, k -> offsetsIn(pid, mapping));
  }

  private static long[] offsetsIn(int pid, Mapping mapping) {
    long[] found = nothing();
    try (NativeMemory chunk = NativeMemory.allocate(CHUNK_BYTES)) {
      int overlap = LONGEST - 1;
      for (long at = 0; at < mapping.lengthBytes(); at += CHUNK_BYTES - overlap) {
        int length = (int) Math.min(CHUNK_BYTES, mapping.lengthBytes() - at);
        length = (int) ProcessVm.read(pid, mapping.start() + at, chunk, length);
        for (int i = 0; i < found.length; i++) {
          if (found[i] == NOT_HERE) {
            found[i] = plus(at, indexOf(chunk, length, SEQUENCES[i]));
          }
        }
        if (isComplete(found) || length < CHUNK_BYTES) {
          break;
        }
      }
    }
    return found;
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
