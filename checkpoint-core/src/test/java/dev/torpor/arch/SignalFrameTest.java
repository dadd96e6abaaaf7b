// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.SigFrame;
import dev.torpor.linux.SigFrame.Fpstate;
import dev.torpor.linux.SigFrame.FpxSwBytes;
import dev.torpor.linux.SigFrame.RtSigframe;
import dev.torpor.linux.SigFrame.Sigcontext64;
import dev.torpor.linux.SigFrame.Ucontext;
import dev.torpor.linux.UserRegs;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The frame that is built against the kernel's structs. */
class SignalFrameTest {
  private static final long ADDRESS = 0x7ffc_0000_1000L;
  private static final long SIGRETURN = 0x7f00_1234L;
  private static final long SIGMASK = 0x8000_0000_0000_0201L;
  private static final int XSTATE_BYTES = SigFrame.Xstate.SIZEOF;
  private static final long XFEATURES = 0x2e7;
  private static final int MCONTEXT = RtSigframe.uc + Ucontext.uc_mcontext;

  private final NativeMemory regs = random(UserRegs.SIZEOF);
  private final NativeMemory xstate = random(XSTATE_BYTES).putLong(Fpstate.sw_reserved, XFEATURES);
  private final NativeMemory frame = frame();
  private final int fpstate = (int) (frame.getLong(MCONTEXT + Sigcontext64.fpstate) - ADDRESS);

  private NativeMemory frame() {
    NativeMemory built = random(SignalFrame.lengthBytes(XSTATE_BYTES));
    SignalFrame.build(
        built,
        ADDRESS,
        SIGRETURN,
        regs.getLongs(0, UserRegs.SIZEOF / Long.BYTES),
        xstate.getLongs(0, XSTATE_BYTES / Long.BYTES),
        XSTATE_BYTES,
        SIGMASK);
    return built;
  }

  private static NativeMemory random(int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    new Random(lengthBytes).nextBytes(bytes);
    return NativeMemory.of(bytes);
  }

  private void same(int inContext, int inRegs) {
    assertThat(frame.getLong(MCONTEXT + inContext))
        .as("offset " + inContext)
        .isEqualTo(regs.getLong(inRegs));
  }

  @Test
  void generalRegisters() {
    same(Sigcontext64.r8, UserRegs.r8);
    same(Sigcontext64.r9, UserRegs.r9);
    same(Sigcontext64.r10, UserRegs.r10);
    same(Sigcontext64.r11, UserRegs.r11);
    same(Sigcontext64.r12, UserRegs.r12);
    same(Sigcontext64.r13, UserRegs.r13);
    same(Sigcontext64.r14, UserRegs.r14);
    same(Sigcontext64.r15, UserRegs.r15);
    same(Sigcontext64.di, UserRegs.rdi);
    same(Sigcontext64.si, UserRegs.rsi);
    same(Sigcontext64.bp, UserRegs.rbp);
    same(Sigcontext64.bx, UserRegs.rbx);
    same(Sigcontext64.dx, UserRegs.rdx);
    same(Sigcontext64.ax, UserRegs.rax);
    same(Sigcontext64.cx, UserRegs.rcx);
    same(Sigcontext64.sp, UserRegs.rsp);
    same(Sigcontext64.ip, UserRegs.rip);
    same(Sigcontext64.flags, UserRegs.eflags);
    assertThat(frame.getShort(MCONTEXT + Sigcontext64.cs)).isEqualTo(regs.getShort(UserRegs.cs));
    assertThat(frame.getShort(MCONTEXT + Sigcontext64.ss)).isEqualTo(regs.getShort(UserRegs.ss));
  }

  @Test
  void restorerMaskAndFlags() {
    assertThat(frame.getLong(RtSigframe.pretcode)).isEqualTo(SIGRETURN);
    assertThat(frame.getLong(RtSigframe.uc + Ucontext.uc_sigmask)).isEqualTo(SIGMASK);
    assertThat(frame.getLong(RtSigframe.uc + Ucontext.uc_flags))
        .isEqualTo(
            SigFrame.UC_FP_XSTATE | SigFrame.UC_SIGCONTEXT_SS | SigFrame.UC_STRICT_RESTORE_SS);
  }

  @Test
  void extendedState() {
    assertThat(fpstate).isGreaterThanOrEqualTo(RtSigframe.SIZEOF);
    assertThat((ADDRESS + fpstate) % SignalFrame.ALIGNMENT).isZero();
    assertThat(frame.lengthBytes())
        .isEqualTo(SignalFrame.lengthBytes(XSTATE_BYTES))
        .isEqualTo(fpstate + XSTATE_BYTES + SigFrame.FP_XSTATE_MAGIC2_SIZE);
    assertThat(frame.getBytes(fpstate, Fpstate.sw_reserved))
        .isEqualTo(xstate.getBytes(0, Fpstate.sw_reserved));
    int behind = XSTATE_BYTES - Fpstate.SIZEOF;
    assertThat(frame.getBytes(fpstate + Fpstate.SIZEOF, behind))
        .isEqualTo(xstate.getBytes(Fpstate.SIZEOF, behind));
  }

  @Test
  void marksOfExtendedState() {
    int mark = fpstate + Fpstate.sw_reserved;
    assertThat(frame.getUnsignedInt(mark + FpxSwBytes.magic1)).isEqualTo(SigFrame.FP_XSTATE_MAGIC1);
    assertThat(frame.getInt(mark + FpxSwBytes.extended_size))
        .isEqualTo(XSTATE_BYTES + SigFrame.FP_XSTATE_MAGIC2_SIZE);
    assertThat(frame.getLong(mark + FpxSwBytes.xfeatures)).isEqualTo(XFEATURES);
    assertThat(frame.getInt(mark + FpxSwBytes.xstate_size)).isEqualTo(XSTATE_BYTES);
    assertThat(frame.getUnsignedInt(fpstate + XSTATE_BYTES)).isEqualTo(SigFrame.FP_XSTATE_MAGIC2);
  }
}
