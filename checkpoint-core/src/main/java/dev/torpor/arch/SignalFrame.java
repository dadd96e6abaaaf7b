// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.SigFrame;
import dev.torpor.linux.SigFrame.Fpstate;
import dev.torpor.linux.SigFrame.FpxSwBytes;
import dev.torpor.linux.SigFrame.RtSigframe;
import dev.torpor.linux.SigFrame.Sigcontext64;
import dev.torpor.linux.SigFrame.Ucontext;
import dev.torpor.linux.Signal;
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
public final class SignalFrame {
  /** Alignment that the xstate needs of the frame's address. */
  public static final int ALIGNMENT = 64;

  private static final int UC = RtSigframe.uc;
  private static final int MCONTEXT = UC + Ucontext.uc_mcontext;

  private static final int XSTATE = 448;

  /** In stack_t, as in struct sigaltstack. */
  private static final int UC_STACK_FLAGS = UC + Ucontext.uc_stack + Signal.StackT.ss_flags;

  /** No valid SS_ value: the kernel then keeps the alternate stack as it is. */
  private static final int KEEP_ALTERNATE_STACK = 0x7f;

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
  public static int lengthBytes(int xstateBytes) {
    return XSTATE + xstateBytes + SigFrame.FP_XSTATE_MAGIC2_SIZE;
  }

  /**
   * Builds the frame.
   *
   * @param frame where it is put, {@link #lengthBytes} long
   * @param address where it will lie, a multiple of {@link #ALIGNMENT}
   * @param sigreturn address of the restorer
   * @param regs user_regs_struct to return to
   * @param xstate NT_X86_XSTATE to return to
   * @param xstateBytes how much of it; the rest is in its initial state
   * @param sigmask blocked signals to return to
   */
  public static void build(
      NativeMemory frame,
      long address,
      long sigreturn,
      long[] regs,
      long[] xstate,
      int xstateBytes,
      long sigmask) {
    frame.zero(0, XSTATE);
    frame.putLong(0, sigreturn);
    frame.putLong(
        UC + Ucontext.uc_flags,
        SigFrame.UC_FP_XSTATE | SigFrame.UC_SIGCONTEXT_SS | SigFrame.UC_STRICT_RESTORE_SS);
    frame.putInt(UC_STACK_FLAGS, KEEP_ALTERNATE_STACK);
    long[] context = new long[GENERAL.length];
    for (int i = 0; i < GENERAL.length; i++) {
      context[i] = regs[GENERAL[i] / Long.BYTES];
    }
    frame.putLongs(MCONTEXT, context, context.length);
    frame.putShort(MCONTEXT + Sigcontext64.cs, (int) regs[UserRegs.cs / Long.BYTES]);
    frame.putShort(MCONTEXT + Sigcontext64.ss, (int) regs[UserRegs.ss / Long.BYTES]);
    frame.putLong(MCONTEXT + Sigcontext64.fpstate, address + XSTATE);
    frame.putLong(UC + Ucontext.uc_sigmask, sigmask);
    putXstate(frame, xstate, xstateBytes);
  }

  /** ptrace gives the xfeatures mask where a frame has magic, sizes and mask (_fpx_sw_bytes). */
  private static void putXstate(NativeMemory frame, long[] xstate, int xstateBytes) {
    frame.putLongs(XSTATE, xstate, xstateBytes / Long.BYTES);
    long features = xstate[Fpstate.sw_reserved / Long.BYTES];
    int mark = XSTATE + Fpstate.sw_reserved;
    frame.zero(mark, FpxSwBytes.SIZEOF);
    frame.putInt(mark + FpxSwBytes.magic1, (int) SigFrame.FP_XSTATE_MAGIC1);
    frame.putInt(mark + FpxSwBytes.extended_size, xstateBytes + SigFrame.FP_XSTATE_MAGIC2_SIZE);
    frame.putLong(mark + FpxSwBytes.xfeatures, features);
    frame.putInt(mark + FpxSwBytes.xstate_size, xstateBytes);
    frame.putInt(XSTATE + xstateBytes, (int) SigFrame.FP_XSTATE_MAGIC2);
  }
}
