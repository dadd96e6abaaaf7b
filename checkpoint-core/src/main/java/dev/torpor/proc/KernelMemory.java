// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static dev.torpor.linux.Bpf.BPF_ADD;
import static dev.torpor.linux.Bpf.BPF_ALU64;
import static dev.torpor.linux.Bpf.BPF_CALL;
import static dev.torpor.linux.Bpf.BPF_DW;
import static dev.torpor.linux.Bpf.BPF_EXIT;
import static dev.torpor.linux.Bpf.BPF_JMP;
import static dev.torpor.linux.Bpf.BPF_K;
import static dev.torpor.linux.Bpf.BPF_LDX;
import static dev.torpor.linux.Bpf.BPF_MEM;
import static dev.torpor.linux.Bpf.BPF_MOV;
import static dev.torpor.linux.Bpf.BPF_STX;
import static dev.torpor.linux.Bpf.BPF_X;

import dev.torpor.linux.Bpf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads memory of the kernel, by a BPF program that is run by nobody but this process and goes with
 * its descriptor. For what no file tells; {@link KernelTypes} says where things are.
 */
public final class KernelMemory implements AutoCloseable {
  // What the program is given and gives back.
  private static final int ADDRESS = 0;
  private static final int TASK = 8;
  private static final int ERROR = 16;
  private static final int VALUE = 24;
  private static final int CONTEXT_BYTES = 32;

  /** In the program's own memory, counted from its end. */
  private static final int STACK = -8;

  private final KernelTypes types;
  private final int program;
  private final NativeMemory context = NativeMemory.allocate(CONTEXT_BYTES);

  /**
   * Loads the program.
   *
   * @param types of the running kernel
   * @throws dev.torpor.linux.ErrnoException if the kernel does not permit it: CAP_BPF and
   *     CAP_PERFMON, no lockdown of confidentiality
   */
  public KernelMemory(KernelTypes types) {
    this.types = types;
    this.program = load(INSTRUCTIONS);
  }

  /** Loads a program that runs when it is asked to, and gets its context in the first register. */
  static int load(long... instructions) {
    try (NativeMemory text = NativeMemory.allocate(instructions.length * Bpf.INSN_BYTES)) {
      for (int i = 0; i < instructions.length; i++) {
        text.putLong(i * Bpf.INSN_BYTES, instructions[i]);
      }
      // The kernel's word for "anybody may have it under the GPL", which the helpers ask for.
      return Bpf.load(Bpf.BPF_PROG_TYPE_SYSCALL, Bpf.BPF_F_SLEEPABLE, text, "Dual BSD/GPL");
    }
  }

  /** Copies the word at the address in the context to it, and tells the task that runs it. */
  private static final long[] INSTRUCTIONS = {
    instruction(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0),
    instruction(BPF_JMP | BPF_CALL, 0, 0, 0, Bpf.BPF_FUNC_get_current_task),
    instruction(BPF_STX | BPF_MEM | BPF_DW, 6, 0, TASK, 0),
    instruction(BPF_LDX | BPF_MEM | BPF_DW, 3, 6, ADDRESS, 0),
    instruction(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
    instruction(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, STACK),
    instruction(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, Long.BYTES),
    instruction(BPF_JMP | BPF_CALL, 0, 0, 0, Bpf.BPF_FUNC_probe_read_kernel),
    instruction(BPF_STX | BPF_MEM | BPF_DW, 6, 0, ERROR, 0),
    instruction(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, STACK, 0),
    instruction(BPF_STX | BPF_MEM | BPF_DW, 6, 1, VALUE, 0),
    instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
    instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };

  static long instruction(int code, int to, int from, int offset, int value) {
    return code
        | ((long) to << 8)
        | ((long) from << 12)
        | ((offset & 0xffffL) << 16)
        | ((long) value << 32);
  }

  /** The address of the {@code struct task_struct} of the calling thread. */
  public long currentTask() {
    context.putLong(ADDRESS, 0);
    Bpf.run(program, context);
    return context.getLong(TASK);
  }

  /** The address of the {@code struct file} that a descriptor of this process is of. */
  public long openFile(int fd) {
    long files = pointer(currentTask(), "task_struct", "files");
    long array = pointer(pointer(files, "files_struct", "fdt"), "fdtable", "fd");
    return readLong(array + (long) fd * Long.BYTES);
  }

  /**
   * The 64 bits at an address.
   *
   * @throws ProcException if nothing is there
   */
  public long readLong(long address) {
    context.putLong(ADDRESS, address);
    Bpf.run(program, context);
    if (context.getLong(ERROR) != 0) {
      throw new ProcException(
          "memory of the kernel", Long.toHexString(address), "an address that can be read");
    }
    return context.getLong(VALUE);
  }

  /** The 32 bits at an address, as a number that is not negative. */
  public long readInt(long address) {
    return readLong(address) & 0xffffffffL;
  }

  /** The bytes at an address, and not more than are behind it but for seven. */
  public byte[] bytes(long address, int lengthBytes) {
    ByteBuffer words = ByteBuffer.allocate(lengthBytes + Long.BYTES).order(ByteOrder.nativeOrder());
    for (int at = 0; at < lengthBytes; at += Long.BYTES) {
      words.putLong(at, readLong(address + at));
    }
    return Arrays.copyOf(words.array(), lengthBytes);
  }

  /** What a member that is a pointer, or another word of 64 bits, holds. */
  public long pointer(long object, String struct, String member) {
    return readLong(object + types.offset(struct, member));
  }

  /** The same of a member of 32 bits, as {@link #readInt}. */
  public long number(long object, String struct, String member) {
    return readInt(object + types.offset(struct, member));
  }

  @Override
  public void close() {
    Unistd.close(program);
    context.close();
  }
}
