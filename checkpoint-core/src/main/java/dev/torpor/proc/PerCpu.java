// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static dev.torpor.linux.Bpf.BPF_ADD;
import static dev.torpor.linux.Bpf.BPF_ALU64;
import static dev.torpor.linux.Bpf.BPF_CALL;
import static dev.torpor.linux.Bpf.BPF_DW;
import static dev.torpor.linux.Bpf.BPF_EXIT;
import static dev.torpor.linux.Bpf.BPF_IMM;
import static dev.torpor.linux.Bpf.BPF_JMP;
import static dev.torpor.linux.Bpf.BPF_K;
import static dev.torpor.linux.Bpf.BPF_LD;
import static dev.torpor.linux.Bpf.BPF_LDX;
import static dev.torpor.linux.Bpf.BPF_MEM;
import static dev.torpor.linux.Bpf.BPF_MOV;
import static dev.torpor.linux.Bpf.BPF_ST;
import static dev.torpor.linux.Bpf.BPF_STX;
import static dev.torpor.linux.Bpf.BPF_W;
import static dev.torpor.linux.Bpf.BPF_X;
import static dev.torpor.proc.KernelMemory.instruction;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.torpor.linux.Bpf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;

/**
 * Where the kernel keeps what it has once for each processor: a pointer to such is the same for
 * all, and what is to be added for one of them stands nowhere that can be found. A map of BPF has
 * such a pointer, and a program is told the address for a processor; the difference holds for all
 * others.
 */
public final class PerCpu {
  private static final String POSSIBLE = "/sys/devices/system/cpu/possible";

  // What the program is given and gives back.
  private static final int CPU = 0;
  private static final int ADDRESS = 8;
  private static final int CONTEXT_BYTES = 16;

  /** The key, in the program's own memory, counted from its end. */
  private static final int STACK = -8;

  private final long[] offsets;

  /**
   * Finds it for each possible processor, which takes Linux 5.19.
   *
   * @throws dev.torpor.linux.ErrnoException if the kernel does not permit it
   * @throws dev.torpor.error.UnsupportedException if its structures are others
   */
  public PerCpu(KernelTypes types, KernelMemory memory) {
    byte[] cpus = possible();
    offsets = new long[cpus.length * Byte.SIZE];
    int map = Bpf.createMap(Bpf.BPF_MAP_TYPE_PERCPU_ARRAY, Long.BYTES);
    try {
      long array = memory.pointer(memory.openFile(map), "file", "private_data");
      long pointer = memory.readLong(array + types.offset("bpf_array", "pptrs"));
      int program = load(map);
      try (NativeMemory context = NativeMemory.allocate(CONTEXT_BYTES)) {
        for (int cpu = 0; cpu < offsets.length; cpu++) {
          if ((cpus[cpu / Byte.SIZE] >> cpu % Byte.SIZE & 1) != 0) {
            context.putLong(CPU, cpu);
            Bpf.run(program, context);
            offsets[cpu] = context.getLong(ADDRESS) - pointer;
          }
        }
      } finally {
        Unistd.close(program);
      }
    } finally {
      Unistd.close(map);
    }
  }

  private static byte[] possible() {
    byte[] mask = CpuList.mask(new String(ProcFs.bytes(POSSIBLE), US_ASCII).trim());
    if (mask == null) {
      throw new ProcException(POSSIBLE, "", "a list of processors");
    }
    return mask;
  }

  /** How many processors this machine may have. */
  public static int count() {
    int count = 0;
    for (byte part : possible()) {
      count += Integer.bitCount(part & 0xff);
    }
    return count;
  }

  /** Puts the address of the map's only element, for the processor in the context, into that. */
  private static int load(int map) {
    return KernelMemory.load(
        instruction(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0),
        instruction(BPF_ST | BPF_MEM | BPF_W, 10, 0, STACK, 0),
        instruction(BPF_LD | BPF_DW | BPF_IMM, 1, Bpf.BPF_PSEUDO_MAP_FD, 0, map),
        0,
        instruction(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
        instruction(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, STACK),
        instruction(BPF_LDX | BPF_MEM | BPF_W, 3, 6, CPU, 0),
        instruction(BPF_JMP | BPF_CALL, 0, 0, 0, Bpf.BPF_FUNC_map_lookup_percpu_elem),
        instruction(BPF_STX | BPF_MEM | BPF_DW, 6, 0, ADDRESS, 0),
        instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
        instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  }

  /**
   * All numbers of 32 bits at a pointer, added up.
   *
   * @param pointer as the kernel has it for all processors
   */
  public long sum(long pointer, KernelMemory memory) {
    long sum = 0;
    for (long offset : offsets) {
      sum += offset == 0 ? 0 : memory.readInt(pointer + offset);
    }
    return sum;
  }
}
