// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.UserRegs;

/**
 * A signal frame that gives a thread back all its registers when it calls rt_sigreturn: struct
 * rt_sigframe and ucontext of arch/x86/include (asm/sigframe.h, uapi/asm/ucontext.h,
 * uapi/asm/sigcontext.h).
 *
 * <pre>
 *   0    pretcode     where `ret` goes: the restorer
 *   8    uc_flags, uc_link, uc_stack
 *   48   uc_mcontext  registers, fpstate pointer
 *   304  uc_sigmask
 *   448  xstate       64-aligned; the tracer's NT_X86_XSTATE with the signal frame's marks
 * </pre>
 */
final class SignalFrame {
  /** Alignment that the xstate needs of the frame's address. */
  static final int ALIGNMENT = 64;

  private static final int UC_FLAGS = 8;
  private static final int UC_STACK_FLAGS = 8 + 24;
  private static final int MCONTEXT = 48;
  private static final int FPSTATE = MCONTEXT + 184;
  private static final int SIGMASK = 304;
  private static final int XSTATE = 448;

  private static final int UC_FP_XSTATE = 1;
  private static final int UC_SIGCONTEXT_SS = 2;
  private static final int UC_STRICT_RESTORE_SS = 4;

  /** No valid SS_ value: the kernel then keeps the alternate stack as it is. */
  private static final int KEEP_ALTERNATE_STACK = 0x7f;

  private static final int SW_BYTES = 464;
  private static final int FP_XSTATE_MAGIC1 = 0x46505853;
  private static final int FP_XSTATE_MAGIC2 = 0x46505845;

  /** Offsets in user_regs_struct by the first words of struct sigcontext_64. */
  private static final int[] GENERAL = {
    UserRegs.r8,
    UserRegs.r9,
    UserRegs.r10,
    UserRegs.r11,
    UserRegs.r12,
    UserRegs.r13,
    UserRegs.r14,
    UserRegs.r15,
    UserRegs.rdi,
    UserRegs.rsi,
    UserRegs.rbp,
    UserRegs.rbx,
    UserRegs.rdx,
    UserRegs.rax,
    UserRegs.rcx,
    UserRegs.rsp,
    UserRegs.rip,
    UserRegs.eflags
  };

  private SignalFrame() {}

  /** Size in bytes of a frame for an xstate of the given size. */
  static int lengthBytes(int xstateBytes) {
    return XSTATE + xstateBytes + Integer.BYTES;
  }

  /**
   * Builds the frame.
   *
   * @param frame where it is put, {@link #lengthBytes} long
   * @param address where it will lie, a multiple of {@link #ALIGNMENT}
   * @param sigreturn address of the restorer
   * @param regs user_regs_struct to return to
   * @param xstate NT_X86_XSTATE to return to
   * @param sigmask blocked signals to return to
   */
  static void build(
      NativeMemory frame,
      long address,
      long sigreturn,
      long[] regs,
      long[] xstate,
      int xstateBytes,
      long sigmask) {
    frame.zero(0, XSTATE);
    frame.putLong(0, sigreturn);
    frame.putLong(UC_FLAGS, UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
    frame.putInt(UC_STACK_FLAGS, KEEP_ALTERNATE_STACK);
    long[] context = new long[GENERAL.length];
    for (int i = 0; i < GENERAL.length; i++) {
      context[i] = regs[GENERAL[i] / Long.BYTES];
    }
    frame.putLongs(MCONTEXT, context, context.length);
    frame.putShort(MCONTEXT + 144, (int) regs[UserRegs.cs / Long.BYTES]);
    frame.putShort(MCONTEXT + 150, (int) regs[UserRegs.ss / Long.BYTES]);
    frame.putLong(FPSTATE, address + XSTATE);
    frame.putLong(SIGMASK, sigmask);
    putXstate(frame, xstate, xstateBytes);
  }

  /** ptrace gives the xfeatures mask where a frame has magic, sizes and mask (_fpx_sw_bytes). */
  private static void putXstate(NativeMemory frame, long[] xstate, int xstateBytes) {
    frame.putLongs(XSTATE, xstate, xstateBytes / Long.BYTES);
    long features = xstate[SW_BYTES / Long.BYTES];
    int mark = XSTATE + SW_BYTES;
    frame.zero(mark, 48);
    frame.putInt(mark, FP_XSTATE_MAGIC1);
    frame.putInt(mark + 4, xstateBytes + Integer.BYTES);
    frame.putLong(mark + 8, features);
    frame.putInt(mark + 16, xstateBytes);
    frame.putInt(XSTATE + xstateBytes, FP_XSTATE_MAGIC2);
  }
}
