// SPDX-License-Identifier: Apache-2.0

#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>
// arch/x86/include/asm/sigframe.h, in no header that user space sees.
struct rt_sigframe { char *pretcode; struct ucontext uc; siginfo_t info; };
#define XSTATE_FP 1
#define XSTATE_SSE 2
#define XSTATE_YMM 4
#define XSTATE_OPMASK 0x20
#define XSTATE_ZMM_HI256 0x40
#define XSTATE_HI16_ZMM 0x80
#define XSTATE_PKRU 0x200

#include "layout.h"

CONST(SigFrame, FP_XSTATE_MAGIC1)
CONST(SigFrame, FP_XSTATE_MAGIC2)
CONST(SigFrame, FP_XSTATE_MAGIC2_SIZE)
CONST(SigFrame, UC_FP_XSTATE)
CONST(SigFrame, UC_SIGCONTEXT_SS)
CONST(SigFrame, UC_STRICT_RESTORE_SS)
CONST(SigFrame, XSTATE_FP)
CONST(SigFrame, XSTATE_SSE)
CONST(SigFrame, XSTATE_YMM)
CONST(SigFrame, XSTATE_OPMASK)
CONST(SigFrame, XSTATE_ZMM_HI256)
CONST(SigFrame, XSTATE_HI16_ZMM)
CONST(SigFrame, XSTATE_PKRU)

SIZE(SigFrame, RtSigframe, struct rt_sigframe)
FIELD(SigFrame, RtSigframe, pretcode, struct rt_sigframe, pretcode)
FIELD(SigFrame, RtSigframe, uc, struct rt_sigframe, uc)
FIELD(SigFrame, RtSigframe, info, struct rt_sigframe, info)

SIZE(SigFrame, Ucontext, struct ucontext)
FIELD(SigFrame, Ucontext, uc_flags, struct ucontext, uc_flags)
FIELD(SigFrame, Ucontext, uc_link, struct ucontext, uc_link)
FIELD(SigFrame, Ucontext, uc_stack, struct ucontext, uc_stack)
FIELD(SigFrame, Ucontext, uc_mcontext, struct ucontext, uc_mcontext)
FIELD(SigFrame, Ucontext, uc_sigmask, struct ucontext, uc_sigmask)

SIZE(SigFrame, Sigcontext64, struct sigcontext_64)
FIELD(SigFrame, Sigcontext64, r8, struct sigcontext_64, r8)
FIELD(SigFrame, Sigcontext64, r9, struct sigcontext_64, r9)
FIELD(SigFrame, Sigcontext64, r10, struct sigcontext_64, r10)
FIELD(SigFrame, Sigcontext64, r11, struct sigcontext_64, r11)
FIELD(SigFrame, Sigcontext64, r12, struct sigcontext_64, r12)
FIELD(SigFrame, Sigcontext64, r13, struct sigcontext_64, r13)
FIELD(SigFrame, Sigcontext64, r14, struct sigcontext_64, r14)
FIELD(SigFrame, Sigcontext64, r15, struct sigcontext_64, r15)
FIELD(SigFrame, Sigcontext64, di, struct sigcontext_64, di)
FIELD(SigFrame, Sigcontext64, si, struct sigcontext_64, si)
FIELD(SigFrame, Sigcontext64, bp, struct sigcontext_64, bp)
FIELD(SigFrame, Sigcontext64, bx, struct sigcontext_64, bx)
FIELD(SigFrame, Sigcontext64, dx, struct sigcontext_64, dx)
FIELD(SigFrame, Sigcontext64, ax, struct sigcontext_64, ax)
FIELD(SigFrame, Sigcontext64, cx, struct sigcontext_64, cx)
FIELD(SigFrame, Sigcontext64, sp, struct sigcontext_64, sp)
FIELD(SigFrame, Sigcontext64, ip, struct sigcontext_64, ip)
FIELD(SigFrame, Sigcontext64, flags, struct sigcontext_64, flags)
FIELD(SigFrame, Sigcontext64, cs, struct sigcontext_64, cs)
FIELD(SigFrame, Sigcontext64, gs, struct sigcontext_64, gs)
FIELD(SigFrame, Sigcontext64, fs, struct sigcontext_64, fs)
FIELD(SigFrame, Sigcontext64, ss, struct sigcontext_64, ss)
FIELD(SigFrame, Sigcontext64, err, struct sigcontext_64, err)
FIELD(SigFrame, Sigcontext64, trapno, struct sigcontext_64, trapno)
FIELD(SigFrame, Sigcontext64, oldmask, struct sigcontext_64, oldmask)
FIELD(SigFrame, Sigcontext64, cr2, struct sigcontext_64, cr2)
FIELD(SigFrame, Sigcontext64, fpstate, struct sigcontext_64, fpstate)
FIELD(SigFrame, Sigcontext64, reserved1, struct sigcontext_64, reserved1)

SIZE(SigFrame, Fpstate, struct _fpstate_64)
FIELD(SigFrame, Fpstate, cwd, struct _fpstate_64, cwd)
FIELD(SigFrame, Fpstate, swd, struct _fpstate_64, swd)
FIELD(SigFrame, Fpstate, twd, struct _fpstate_64, twd)
FIELD(SigFrame, Fpstate, fop, struct _fpstate_64, fop)
FIELD(SigFrame, Fpstate, rip, struct _fpstate_64, rip)
FIELD(SigFrame, Fpstate, rdp, struct _fpstate_64, rdp)
FIELD(SigFrame, Fpstate, mxcsr, struct _fpstate_64, mxcsr)
FIELD(SigFrame, Fpstate, mxcsr_mask, struct _fpstate_64, mxcsr_mask)
FIELD(SigFrame, Fpstate, st_space, struct _fpstate_64, st_space)
FIELD(SigFrame, Fpstate, xmm_space, struct _fpstate_64, xmm_space)
FIELD(SigFrame, Fpstate, sw_reserved, struct _fpstate_64, sw_reserved)

SIZE(SigFrame, FpxSwBytes, struct _fpx_sw_bytes)
FIELD(SigFrame, FpxSwBytes, magic1, struct _fpx_sw_bytes, magic1)
FIELD(SigFrame, FpxSwBytes, extended_size, struct _fpx_sw_bytes, extended_size)
FIELD(SigFrame, FpxSwBytes, xfeatures, struct _fpx_sw_bytes, xfeatures)
FIELD(SigFrame, FpxSwBytes, xstate_size, struct _fpx_sw_bytes, xstate_size)

SIZE(SigFrame, Xstate, struct _xstate)
FIELD(SigFrame, Xstate, fpstate, struct _xstate, fpstate)
FIELD(SigFrame, Xstate, xstate_hdr, struct _xstate, xstate_hdr)
FIELD(SigFrame, Xstate, ymmh, struct _xstate, ymmh)

SIZE(SigFrame, XstateHeader, struct _header)
FIELD(SigFrame, XstateHeader, xfeatures, struct _header, xfeatures)
FIELD(SigFrame, XstateHeader, reserved1, struct _header, reserved1)
FIELD(SigFrame, XstateHeader, reserved2, struct _header, reserved2)
