// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * What the kernel puts on the stack for a signal handler and rt_sigreturn(2) takes back, x86-64.
 *
 * <p>From arch/x86/include/uapi/asm/sigcontext.h, ucontext.h and arch/x86/include/asm/sigframe.h.
 * At rt_sigreturn the stack pointer points behind {@code pretcode}, as after the handler's {@code
 * ret}.
 */
public final class SigFrame {

  // The extended state's marks: in sw_reserved, and behind extended_size - 4 bytes.
  public static final long FP_XSTATE_MAGIC1 = 0x46505853L;
  public static final long FP_XSTATE_MAGIC2 = 0x46505845L;
  public static final int FP_XSTATE_MAGIC2_SIZE = 4;

  // uc_flags, arch/x86/include/uapi/asm/ucontext.h.
  public static final int UC_FP_XSTATE = 0x1;
  public static final int UC_SIGCONTEXT_SS = 0x2;
  public static final int UC_STRICT_RESTORE_SS = 0x4;

  // Where the XSAVE header starts, and the components of xstate_bv,
  // arch/x86/include/asm/fpu/types.h.
  public static final int XSTATE_FP = 1;
  public static final int XSTATE_SSE = 2;
  public static final int XSTATE_YMM = 4;
  public static final int XSTATE_OPMASK = 32;
  public static final int XSTATE_ZMM_HI256 = 64;
  public static final int XSTATE_HI16_ZMM = 128;
  public static final int XSTATE_PKRU = 512;

  private SigFrame() {}

  /** Offsets within {@code struct rt_sigframe}. */
  public static final class RtSigframe {
    public static final int SIZEOF = 440;
    public static final int pretcode = 0;
    public static final int uc = 8;
    public static final int info = 312;

    private RtSigframe() {}
  }

  /** Offsets within {@code struct ucontext}. */
  public static final class Ucontext {
    public static final int SIZEOF = 304;
    public static final int uc_flags = 0;
    public static final int uc_link = 8;
    public static final int uc_stack = 16;
    public static final int uc_mcontext = 40;
    public static final int uc_sigmask = 296;

    private Ucontext() {}
  }

  /** Offsets within {@code struct sigcontext_64}. */
  public static final class Sigcontext64 {
    public static final int SIZEOF = 256;
    public static final int r8 = 0;
    public static final int r9 = 8;
    public static final int r10 = 16;
    public static final int r11 = 24;
    public static final int r12 = 32;
    public static final int r13 = 40;
    public static final int r14 = 48;
    public static final int r15 = 56;
    public static final int di = 64;
    public static final int si = 72;
    public static final int bp = 80;
    public static final int bx = 88;
    public static final int dx = 96;
    public static final int ax = 104;
    public static final int cx = 112;
    public static final int sp = 120;
    public static final int ip = 128;
    public static final int flags = 136;
    public static final int cs = 144;
    public static final int gs = 146;
    public static final int fs = 148;
    public static final int ss = 150;
    public static final int err = 152;
    public static final int trapno = 160;
    public static final int oldmask = 168;
    public static final int cr2 = 176;
    public static final int fpstate = 184;
    public static final int reserved1 = 192;

    private Sigcontext64() {}
  }

  /** Offsets within {@code struct _fpstate_64}. */
  public static final class Fpstate {
    public static final int SIZEOF = 512;
    public static final int cwd = 0;
    public static final int swd = 2;
    public static final int twd = 4;
    public static final int fop = 6;
    public static final int rip = 8;
    public static final int rdp = 16;
    public static final int mxcsr = 24;
    public static final int mxcsr_mask = 28;
    public static final int st_space = 32;
    public static final int xmm_space = 160;
    public static final int sw_reserved = 464;

    private Fpstate() {}
  }

  /** Offsets within {@code struct _fpx_sw_bytes}. */
  public static final class FpxSwBytes {
    public static final int SIZEOF = 48;
    public static final int magic1 = 0;
    public static final int extended_size = 4;
    public static final int xfeatures = 8;
    public static final int xstate_size = 16;

    private FpxSwBytes() {}
  }

  /** Offsets within {@code struct _xstate}. */
  public static final class Xstate {
    public static final int SIZEOF = 832;
    public static final int fpstate = 0;
    public static final int xstate_hdr = 512;
    public static final int ymmh = 576;

    private Xstate() {}
  }

  /** Offsets within {@code struct _header}. */
  public static final class XstateHeader {
    public static final int SIZEOF = 64;
    public static final int xfeatures = 0;
    public static final int reserved1 = 8;
    public static final int reserved2 = 24;

    private XstateHeader() {}
  }
}
