// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** bpf(2). Constants from include/uapi/linux/bpf.h and bpf_common.h. */
public final class Bpf {

  // Commands; PROG_TEST_RUN since Linux 4.12.
  public static final int BPF_MAP_CREATE = 0;
  public static final int BPF_PROG_LOAD = 5;
  public static final int BPF_PROG_TEST_RUN = 10;

  // Kinds of programs and their flags, since Linux 5.14 and 5.10.
  public static final int BPF_PROG_TYPE_SYSCALL = 31;
  public static final int BPF_F_SLEEPABLE = 0x10;

  // Kinds of maps, and what an instruction names one by.
  public static final int BPF_MAP_TYPE_PERCPU_ARRAY = 6;
  public static final int BPF_PSEUDO_MAP_FD = 1;

  // Helpers, since Linux 4.8, 5.5 and 5.19.
  public static final int BPF_FUNC_get_current_task = 35;
  public static final int BPF_FUNC_probe_read_kernel = 113;
  public static final int BPF_FUNC_map_lookup_percpu_elem = 195;

  // Instructions: classes, sizes, modes, operations.
  public static final int BPF_LD = 0x0;
  public static final int BPF_LDX = 0x1;
  public static final int BPF_ST = 0x2;
  public static final int BPF_STX = 0x3;
  public static final int BPF_JMP = 0x5;
  public static final int BPF_ALU64 = 0x7;
  public static final int BPF_W = 0x0;
  public static final int BPF_DW = 0x18;
  public static final int BPF_IMM = 0x0;
  public static final int BPF_MEM = 0x60;
  public static final int BPF_K = 0x0;
  public static final int BPF_X = 0x8;
  public static final int BPF_ADD = 0x0;
  public static final int BPF_MOV = 0xb0;
  public static final int BPF_CALL = 0x80;
  public static final int BPF_EXIT = 0x90;

  /** Bytes of an instruction, struct bpf_insn: code, two registers, 16 and 32 bits. */
  public static final int INSN_BYTES = 8;

  private Bpf() {}

  /**
   * Loads a program; CAP_BPF, and CAP_PERFMON if it reads memory of the kernel.
   *
   * @param license what it is under; some helpers want one that goes with the GPL
   * @return its descriptor
   */
  public static int load(int type, int flags, NativeMemory instructions, String license) {
    try (NativeMemory attributes = NativeMemory.allocate(LoadAttr.SIZEOF);
        NativeMemory text = NativeMemory.ofString(license)) {
      attributes
          .putInt(LoadAttr.prog_type, type)
          .putInt(LoadAttr.insn_cnt, instructions.lengthBytes() / INSN_BYTES)
          .putLong(LoadAttr.insns, instructions.address())
          .putLong(LoadAttr.license, text.address())
          .putInt(LoadAttr.prog_flags, flags);
      long result = Syscall.raw(Nr.SYS_bpf, BPF_PROG_LOAD, attributes.address(), LoadAttr.SIZEOF);
      if (result < 0) {
        throw ErrnoException.of(result, "bpf", "BPF_PROG_LOAD", type);
      }
      return (int) result;
    }
  }

  /** Makes a map with one element, by a key of 32 bits. */
  public static int createMap(int type, int valueBytes) {
    try (NativeMemory attributes = NativeMemory.allocate(MapAttr.SIZEOF)) {
      attributes
          .putInt(MapAttr.map_type, type)
          .putInt(MapAttr.key_size, Integer.BYTES)
          .putInt(MapAttr.value_size, valueBytes)
          .putInt(MapAttr.max_entries, 1);
      long result = Syscall.raw(Nr.SYS_bpf, BPF_MAP_CREATE, attributes.address(), MapAttr.SIZEOF);
      if (result < 0) {
        throw ErrnoException.of(result, "bpf", "BPF_MAP_CREATE", type);
      }
      return (int) result;
    }
  }

  /** Runs a program once, in this thread; {@code context} is what it is given and gives back. */
  public static void run(int program, NativeMemory context) {
    try (NativeMemory attributes = NativeMemory.allocate(RunAttr.SIZEOF)) {
      attributes
          .putInt(RunAttr.prog_fd, program)
          .putInt(RunAttr.ctx_size_in, context.lengthBytes())
          .putLong(RunAttr.ctx_in, context.address());
      long result =
          Syscall.raw(Nr.SYS_bpf, BPF_PROG_TEST_RUN, attributes.address(), RunAttr.SIZEOF);
      if (result < 0) {
        throw ErrnoException.of(result, "bpf", "BPF_PROG_TEST_RUN", program);
      }
    }
  }

  /** Offsets within {@code union bpf_attr} as BPF_MAP_CREATE takes it; the rest may be missing. */
  public static final class MapAttr {
    public static final int SIZEOF = 16;
    public static final int map_type = 0;
    public static final int key_size = 4;
    public static final int value_size = 8;
    public static final int max_entries = 12;

    private MapAttr() {}
  }

  /** Offsets within {@code union bpf_attr} as BPF_PROG_LOAD takes it; the rest may be missing. */
  public static final class LoadAttr {
    public static final int SIZEOF = 48;
    public static final int prog_type = 0;
    public static final int insn_cnt = 4;
    public static final int insns = 8;
    public static final int license = 16;
    public static final int prog_flags = 44;

    private LoadAttr() {}
  }

  /** Offsets within {@code union bpf_attr} as BPF_PROG_TEST_RUN takes it. */
  public static final class RunAttr {
    public static final int SIZEOF = 80;
    public static final int prog_fd = 0;
    public static final int ctx_size_in = 40;
    public static final int ctx_in = 48;

    private RunAttr() {}
  }
}
