// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.core.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_info_x86;
import dev.torpor.image.proto.user_desc_t;
import dev.torpor.image.proto.user_x86_cet_entry;
import dev.torpor.image.proto.user_x86_fpregs_entry;
import dev.torpor.image.proto.user_x86_regs_entry;
import dev.torpor.image.proto.user_x86_regs_mode;
import dev.torpor.image.proto.user_x86_xsave_entry;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.UserRegs;

/**
 * General and floating point registers of an x86-64 thread, whose image form is {@code
 * thread_info_x86}. The xstate is the kernel's uncompacted XSAVE area: legacy FXSAVE part, header
 * at 512, components where {@link XstateLayout} says.
 */
public final class Registers {
  /** __USER_CS of arch/x86/include/asm/segment.h: 64-bit code. */
  public static final int USER_CS = 0x33;

  // FXSAVE area, Intel SDM volume 1, 10.5.1.
  private static final int CWD = 0;
  private static final int SWD = 2;
  private static final int TWD = 4;
  private static final int FOP = 6;
  private static final int RIP = 8;
  private static final int RDP = 16;
  private static final int MXCSR = 24;
  private static final int MXCSR_MASK = 28;
  private static final int ST_SPACE = 32;
  private static final int ST_WORDS = 32;
  private static final int XMM_SPACE = 160;
  private static final int XMM_WORDS = 64;

  private static final int XSTATE_BV = 512;
  private static final int XCOMP_BV = 520;
  private static final int HEADER_BYTES = 64;

  /** GDT_ENTRY_TLS_MIN of arch/x86/include/asm/segment.h, and how many there are. */
  private static final int FIRST_TLS_ENTRY = 12;

  private static final int TLS_ENTRIES = 3;

  private final XstateLayout layout;

  /** For the processor whose layout is given. */
  public Registers(XstateLayout layout) {
    this.layout = layout;
  }

  /**
   * Puts the registers into the image entry; {@code clear_tid_addr} is for another room.
   *
   * @param regs user_regs_struct
   * @param xstate NT_X86_XSTATE
   * @throws UnsupportedException for a 32-bit thread, or state of components that images have no
   *     place for (AMX tiles)
   */
  public void capture(
      String subject, NativeMemory regs, NativeMemory xstate, core_entry.Builder core) {
    if (regs.getLong(UserRegs.cs) != USER_CS) {
      throw new UnsupportedException(subject, "it runs 32-bit code, which is not carried");
    }
    thread_info_x86.Builder info = core.getThreadInfoBuilder();
    info.setGpregs(general(regs)).setFpregs(floating(subject, xstate));
    for (int i = 0; i < TLS_ENTRIES; i++) {
      info.addTls(unusedTls(FIRST_TLS_ENTRY + i));
    }
    core.setMtype(core_entry.march.X86_64);
  }

  private static user_x86_regs_entry general(NativeMemory r) {
    return user_x86_regs_entry
        .newBuilder()
        .setR15(r.getLong(UserRegs.r15))
        .setR14(r.getLong(UserRegs.r14))
        .setR13(r.getLong(UserRegs.r13))
        .setR12(r.getLong(UserRegs.r12))
        .setBp(r.getLong(UserRegs.rbp))
        .setBx(r.getLong(UserRegs.rbx))
        .setR11(r.getLong(UserRegs.r11))
        .setR10(r.getLong(UserRegs.r10))
        .setR9(r.getLong(UserRegs.r9))
        .setR8(r.getLong(UserRegs.r8))
        .setAx(r.getLong(UserRegs.rax))
        .setCx(r.getLong(UserRegs.rcx))
        .setDx(r.getLong(UserRegs.rdx))
        .setSi(r.getLong(UserRegs.rsi))
        .setDi(r.getLong(UserRegs.rdi))
        .setOrigAx(r.getLong(UserRegs.orig_rax))
        .setIp(r.getLong(UserRegs.rip))
        .setCs(r.getLong(UserRegs.cs))
        .setFlags(r.getLong(UserRegs.eflags))
        .setSp(r.getLong(UserRegs.rsp))
        .setSs(r.getLong(UserRegs.ss))
        .setFsBase(r.getLong(UserRegs.fs_base))
        .setGsBase(r.getLong(UserRegs.gs_base))
        .setDs(r.getLong(UserRegs.ds))
        .setEs(r.getLong(UserRegs.es))
        .setFs(r.getLong(UserRegs.fs))
        .setGs(r.getLong(UserRegs.gs))
        .setMode(user_x86_regs_mode.NATIVE)
        .build();
  }

  private user_x86_fpregs_entry floating(String subject, NativeMemory x) {
    long used = x.getLong(XSTATE_BV);
    long foreign = used & ~XstateLayout.CARRIED;
    if (foreign != 0) {
      throw new UnsupportedException(
          subject,
          "it uses processor state that images have no place for (xfeatures 0x"
              + Long.toHexString(foreign)
              + ")");
    }
    user_x86_fpregs_entry.Builder fp =
        user_x86_fpregs_entry
            .newBuilder()
            .setCwd(x.getUnsignedShort(CWD))
            .setSwd(x.getUnsignedShort(SWD))
            .setTwd(x.getUnsignedShort(TWD))
            .setFop(x.getUnsignedShort(FOP))
            .setRip(x.getLong(RIP))
            .setRdp(x.getLong(RDP))
            .setMxcsr(x.getInt(MXCSR))
            .setMxcsrMask(x.getInt(MXCSR_MASK));
    for (int i = 0; i < ST_WORDS; i++) {
      fp.addStSpace(x.getInt(ST_SPACE + 4 * i));
    }
    for (int i = 0; i < XMM_WORDS; i++) {
      fp.addXmmSpace(x.getInt(XMM_SPACE + 4 * i));
    }
    return fp.setXsave(extended(x, used)).build();
  }

  private user_x86_xsave_entry extended(NativeMemory x, long used) {
    user_x86_xsave_entry.Builder xsave = user_x86_xsave_entry.newBuilder().setXstateBv(used);
    for (int component : XstateLayout.COMPONENTS) {
      int at = layout.offset(component);
      int words = layout.lengthBytes(component) / XstateLayout.wordBytes(component);
      for (int i = 0; i < words; i++) {
        add(xsave, component, x, at, i);
      }
    }
    return xsave.setCet(user_x86_cet_entry.newBuilder().setCet(0).setSsp(0)).build();
  }

  private static void add(
      user_x86_xsave_entry.Builder xsave, int component, NativeMemory x, int at, int i) {
    switch (component) {
      case XstateLayout.YMM -> xsave.addYmmhSpace(x.getInt(at + 4 * i));
      case XstateLayout.BNDREGS -> xsave.addBndregState(x.getLong(at + 8 * i));
      case XstateLayout.BNDCSR -> xsave.addBndcsrState(x.getLong(at + 8 * i));
      case XstateLayout.OPMASK -> xsave.addOpmaskReg(x.getLong(at + 8 * i));
      case XstateLayout.ZMM_UPPER -> xsave.addZmmUpper(x.getLong(at + 8 * i));
      case XstateLayout.HI16_ZMM -> xsave.addHi16Zmm(x.getLong(at + 8 * i));
      default -> xsave.addPkru(x.getInt(at + 4 * i));
    }
  }

  /** What CRIU writes for a descriptor that a 64-bit thread has not set. */
  private static user_desc_t unusedTls(int entryNumber) {
    return user_desc_t
        .newBuilder()
        .setEntryNumber(entryNumber)
        .setBaseAddr(0)
        .setLimit(0)
        .setSeg32Bit(false)
        .setContentsH(false)
        .setContentsL(false)
        .setReadExecOnly(true)
        .setLimitInPages(false)
        .setSegNotPresent(true)
        .setUsable(false)
        .build();
  }

  /**
   * Whether a thread with these registers can run here.
   *
   * @throws UnsupportedException naming what this processor, or Torpor, does not have
   */
  public void check(String subject, thread_info_x86 info) {
    if (info.getGpregs().getMode() != user_x86_regs_mode.NATIVE) {
      throw new UnsupportedException(subject, "32-bit threads are not carried");
    }
    for (user_desc_t tls : info.getTlsList()) {
      if (!tls.getSegNotPresent() || tls.getUsable() || tls.getBaseAddr() != 0) {
        throw new UnsupportedException(
            subject, "thread-local segment " + tls.getEntryNumber() + " is not carried");
      }
    }
    user_x86_xsave_entry xsave = info.getFpregs().getXsave();
    long missing = xsave.getXstateBv() & ~layout.features();
    if (missing != 0) {
      throw new UnsupportedException(
          subject,
          "this processor lacks state that the image holds (xfeatures 0x"
              + Long.toHexString(missing)
              + "); restore it on a processor with the same features");
    }
    if (xsave.hasCet() && xsave.getCet().getCet() != 0) {
      throw new UnsupportedException(subject, "shadow stacks are not carried");
    }
  }

  /** Fills a user_regs_struct from the image. */
  public static void putGeneral(user_x86_regs_entry r, NativeMemory regs) {
    regs.putLong(UserRegs.r15, r.getR15());
    regs.putLong(UserRegs.r14, r.getR14());
    regs.putLong(UserRegs.r13, r.getR13());
    regs.putLong(UserRegs.r12, r.getR12());
    regs.putLong(UserRegs.rbp, r.getBp());
    regs.putLong(UserRegs.rbx, r.getBx());
    regs.putLong(UserRegs.r11, r.getR11());
    regs.putLong(UserRegs.r10, r.getR10());
    regs.putLong(UserRegs.r9, r.getR9());
    regs.putLong(UserRegs.r8, r.getR8());
    regs.putLong(UserRegs.rax, r.getAx());
    regs.putLong(UserRegs.rcx, r.getCx());
    regs.putLong(UserRegs.rdx, r.getDx());
    regs.putLong(UserRegs.rsi, r.getSi());
    regs.putLong(UserRegs.rdi, r.getDi());
    // The image's registers are already those of a call that was gone back to.
    regs.putLong(UserRegs.orig_rax, -1);
    regs.putLong(UserRegs.rip, r.getIp());
    regs.putLong(UserRegs.cs, r.getCs());
    regs.putLong(UserRegs.eflags, r.getFlags());
    regs.putLong(UserRegs.rsp, r.getSp());
    regs.putLong(UserRegs.ss, r.getSs());
    regs.putLong(UserRegs.fs_base, r.getFsBase());
    regs.putLong(UserRegs.gs_base, r.getGsBase());
    regs.putLong(UserRegs.ds, r.getDs());
    regs.putLong(UserRegs.es, r.getEs());
    regs.putLong(UserRegs.fs, r.getFs());
    regs.putLong(UserRegs.gs, r.getGs());
  }

  /**
   * Changes an NT_X86_XSTATE, as PTRACE_GETREGSET gave it for any thread here, into the image's.
   */
  public void putFloating(user_x86_fpregs_entry fp, NativeMemory x) {
    x.putShort(CWD, fp.getCwd());
    x.putShort(SWD, fp.getSwd());
    x.putShort(TWD, fp.getTwd());
    x.putShort(FOP, fp.getFop());
    x.putLong(RIP, fp.getRip());
    x.putLong(RDP, fp.getRdp());
    x.putInt(MXCSR, fp.getMxcsr());
    for (int i = 0; i < fp.getStSpaceCount(); i++) {
      x.putInt(ST_SPACE + 4 * i, fp.getStSpace(i));
    }
    for (int i = 0; i < fp.getXmmSpaceCount(); i++) {
      x.putInt(XMM_SPACE + 4 * i, fp.getXmmSpace(i));
    }
    user_x86_xsave_entry xsave = fp.getXsave();
    x.zero(XSTATE_BV, HEADER_BYTES);
    x.putLong(XSTATE_BV, xsave.getXstateBv());
    x.putLong(XCOMP_BV, 0);
    for (int component : XstateLayout.COMPONENTS) {
      int at = layout.offset(component);
      for (int i = 0; i < layout.lengthBytes(component) / XstateLayout.wordBytes(component); i++) {
        put(xsave, component, x, at, i);
      }
    }
  }

  private static void put(
      user_x86_xsave_entry xsave, int component, NativeMemory x, int at, int i) {
    switch (component) {
      case XstateLayout.YMM ->
          x.putInt(at + 4 * i, i < xsave.getYmmhSpaceCount() ? xsave.getYmmhSpace(i) : 0);
      case XstateLayout.BNDREGS ->
          x.putLong(at + 8 * i, i < xsave.getBndregStateCount() ? xsave.getBndregState(i) : 0);
      case XstateLayout.BNDCSR ->
          x.putLong(at + 8 * i, i < xsave.getBndcsrStateCount() ? xsave.getBndcsrState(i) : 0);
      case XstateLayout.OPMASK ->
          x.putLong(at + 8 * i, i < xsave.getOpmaskRegCount() ? xsave.getOpmaskReg(i) : 0);
      case XstateLayout.ZMM_UPPER ->
          x.putLong(at + 8 * i, i < xsave.getZmmUpperCount() ? xsave.getZmmUpper(i) : 0);
      case XstateLayout.HI16_ZMM ->
          x.putLong(at + 8 * i, i < xsave.getHi16ZmmCount() ? xsave.getHi16Zmm(i) : 0);
      default -> x.putInt(at + 4 * i, i < xsave.getPkruCount() ? xsave.getPkru(i) : 0);
    }
  }
}
