// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.ImageException;
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

  private static final int XCOMP_BV = 520;
  private static final int HEADER_BYTES = 64;

  /** GDT_ENTRY_TLS_MIN of arch/x86/include/asm/segment.h, and how many there are. */
  private static final int FIRST_TLS_ENTRY = 12;

  private static final int TLS_ENTRIES = 3;

  private static final FieldWriter UNUSED_TLS = unusedTls();

  // Of a thread that has used its vector registers a little.
  private static final int EXPECTED_BYTES = 3072;
  private static final int EXPECTED_FPREGS_BYTES = 2048;
  private static final int EXPECTED_XSAVE_BYTES = 1536;
  private static final int EXPECTED_GPREGS_BYTES = 512;

  /** Offsets in user_regs_struct by the fields of user_x86_regs_entry, 1 to 27. */
  private static final int[] GENERAL = {
    UserRegs.r15,
    UserRegs.r14,
    UserRegs.r13,
    UserRegs.r12,
    UserRegs.rbp,
    UserRegs.rbx,
    UserRegs.r11,
    UserRegs.r10,
    UserRegs.r9,
    UserRegs.r8,
    UserRegs.rax,
    UserRegs.rcx,
    UserRegs.rdx,
    UserRegs.rsi,
    UserRegs.rdi,
    UserRegs.orig_rax,
    UserRegs.rip,
    UserRegs.cs,
    UserRegs.eflags,
    UserRegs.rsp,
    UserRegs.ss,
    UserRegs.fs_base,
    UserRegs.gs_base,
    UserRegs.ds,
    UserRegs.es,
    UserRegs.fs,
    UserRegs.gs
  };

  private final XstateLayout layout;

  /** For the processor whose layout is given. */
  public Registers(XstateLayout layout) {
    this.layout = layout;
  }

  /** Of the processor. */
  public XstateLayout layout() {
    return layout;
  }

  /** How much of an NT_X86_XSTATE holds what images have a place for, in bytes. */
  public int xstateBytes() {
    return layout.endBytes();
  }

  /**
   * The registers in their image form.
   *
   * @param regs user_regs_struct, in words of 64 bits
   * @param xstate the first {@link #xstateBytes} of NT_X86_XSTATE, likewise
   * @param clearTidAddress the one field of thread_info that is no register
   * @return a thread_info_x86
   * @throws UnsupportedException for a 32-bit thread, or state of components that images have no
   *     place for (AMX tiles)
   */
  public FieldWriter capture(String subject, long[] regs, long[] xstate, long clearTidAddress) {
    if (regs[UserRegs.cs / Long.BYTES] != CallRegisters.USER_CS) {
      throw new UnsupportedException(subject, "it runs 32-bit code, which is not carried");
    }
    return new FieldWriter(EXPECTED_BYTES)
        .number(thread_info_x86.CLEAR_TID_ADDR_FIELD_NUMBER, clearTidAddress)
        .embedded(thread_info_x86.GPREGS_FIELD_NUMBER, general(regs))
        .embedded(thread_info_x86.FPREGS_FIELD_NUMBER, floating(subject, xstate))
        .fields(UNUSED_TLS);
  }

  private static FieldWriter general(long[] regs) {
    FieldWriter general = new FieldWriter(EXPECTED_GPREGS_BYTES);
    for (int i = 0; i < GENERAL.length; i++) {
      general.number(user_x86_regs_entry.R15_FIELD_NUMBER + i, regs[GENERAL[i] / Long.BYTES]);
    }
    return general.number(user_x86_regs_entry.MODE_FIELD_NUMBER, user_x86_regs_mode.NATIVE_VALUE);
  }

  private FieldWriter floating(String subject, long[] x) {
    long used = x[XstateLayout.XSTATE_BV / Long.BYTES];
    long foreign = used & ~XstateLayout.CARRIED;
    if (foreign != 0) {
      throw new UnsupportedException(
          subject,
          "it uses processor state that images have no place for (xfeatures 0x"
              + Long.toHexString(foreign)
              + ")");
    }
    FieldWriter fp =
        new FieldWriter(EXPECTED_FPREGS_BYTES)
            .number(user_x86_fpregs_entry.CWD_FIELD_NUMBER, bits(x, CWD, Short.SIZE))
            .number(user_x86_fpregs_entry.SWD_FIELD_NUMBER, bits(x, SWD, Short.SIZE))
            .number(user_x86_fpregs_entry.TWD_FIELD_NUMBER, bits(x, TWD, Short.SIZE))
            .number(user_x86_fpregs_entry.FOP_FIELD_NUMBER, bits(x, FOP, Short.SIZE))
            .number(user_x86_fpregs_entry.RIP_FIELD_NUMBER, bits(x, RIP, Long.SIZE))
            .number(user_x86_fpregs_entry.RDP_FIELD_NUMBER, bits(x, RDP, Long.SIZE))
            .number(user_x86_fpregs_entry.MXCSR_FIELD_NUMBER, bits(x, MXCSR, Integer.SIZE))
            .number(
                user_x86_fpregs_entry.MXCSR_MASK_FIELD_NUMBER, bits(x, MXCSR_MASK, Integer.SIZE));
    words(fp, user_x86_fpregs_entry.ST_SPACE_FIELD_NUMBER, x, ST_SPACE, ST_WORDS, Integer.BYTES);
    words(fp, user_x86_fpregs_entry.XMM_SPACE_FIELD_NUMBER, x, XMM_SPACE, XMM_WORDS, Integer.BYTES);
    return fp.embedded(user_x86_fpregs_entry.XSAVE_FIELD_NUMBER, extended(x, used));
  }

  private FieldWriter extended(long[] x, long used) {
    FieldWriter xsave =
        new FieldWriter(EXPECTED_XSAVE_BYTES)
            .number(user_x86_xsave_entry.XSTATE_BV_FIELD_NUMBER, used);
    for (int component : XstateLayout.components()) {
      int wordBytes = XstateLayout.wordBytes(component);
      int count = layout.lengthBytes(component) / wordBytes;
      words(xsave, field(component), x, layout.offset(component), count, wordBytes);
    }
    return xsave.embedded(
        user_x86_xsave_entry.CET_FIELD_NUMBER,
        new FieldWriter(4)
            .number(user_x86_cet_entry.CET_FIELD_NUMBER, 0L)
            .number(user_x86_cet_entry.SSP_FIELD_NUMBER, 0L));
  }

  private static int field(int component) {
    return switch (component) {
      case XstateLayout.YMM -> user_x86_xsave_entry.YMMH_SPACE_FIELD_NUMBER;
      case XstateLayout.BNDREGS -> user_x86_xsave_entry.BNDREG_STATE_FIELD_NUMBER;
      case XstateLayout.BNDCSR -> user_x86_xsave_entry.BNDCSR_STATE_FIELD_NUMBER;
      case XstateLayout.OPMASK -> user_x86_xsave_entry.OPMASK_REG_FIELD_NUMBER;
      case XstateLayout.ZMM_UPPER -> user_x86_xsave_entry.ZMM_UPPER_FIELD_NUMBER;
      case XstateLayout.HI16_ZMM -> user_x86_xsave_entry.HI16_ZMM_FIELD_NUMBER;
      default -> user_x86_xsave_entry.PKRU_FIELD_NUMBER;
    };
  }

  /** Elements of an array of 32-bit or 64-bit words. */
  private static void words(
      FieldWriter target, int field, long[] x, int at, int count, int wordBytes) {
    int first = at / Long.BYTES;
    if (wordBytes == Long.BYTES) {
      for (int i = 0; i < count; i++) {
        target.number(field, x[first + i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        target.number(field, (int) (x[first + i / 2] >>> (i % 2 * Integer.SIZE)));
      }
    }
  }

  /** A number at an offset in bytes, which does not cross the words. */
  private static long bits(long[] x, int at, int width) {
    long rest = x[at / Long.BYTES] >>> (at % Long.BYTES * Byte.SIZE);
    return rest & (-1L >>> (Long.SIZE - width));
  }

  /** What CRIU writes for the descriptors that a 64-bit thread has not set. */
  private static FieldWriter unusedTls() {
    FieldWriter all = new FieldWriter(EXPECTED_BYTES);
    for (int i = 0; i < TLS_ENTRIES; i++) {
      FieldWriter tls = new FieldWriter(EXPECTED_BYTES);
      tls.number(user_desc_t.ENTRY_NUMBER_FIELD_NUMBER, FIRST_TLS_ENTRY + i);
      for (int field = user_desc_t.BASE_ADDR_FIELD_NUMBER;
          field <= user_desc_t.USABLE_FIELD_NUMBER;
          field++) {
        boolean set =
            field == user_desc_t.READ_EXEC_ONLY_FIELD_NUMBER
                || field == user_desc_t.SEG_NOT_PRESENT_FIELD_NUMBER;
        tls.number(field, set ? 1 : 0);
      }
      all.embedded(thread_info_x86.TLS_FIELD_NUMBER, tls);
    }
    return all;
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
    checkComplete(subject, xsave);
  }

  /** What is in use must be there: zeros instead of it would be another state. */
  private void checkComplete(String subject, user_x86_xsave_entry xsave) {
    for (int component : XstateLayout.components()) {
      int count = count(xsave, component);
      int whole = layout.lengthBytes(component) / XstateLayout.wordBytes(component);
      // Of PKRU Torpor once wrote no more than the register itself.
      boolean isShort = component == XstateLayout.PKRU && count == 1;
      if ((xsave.getXstateBv() >>> component & 1) != 0 && count != whole && !isShort) {
        throw ImageException.contradiction(
            subject, "its extended state " + component + " has " + count + " words, not " + whole);
      }
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
   * Puts a thread into a call that the kernel is to go on with, or behind it.
   *
   * @param nr number of the call that it has made
   * @param result what the kernel left where the result is to be
   */
  public static void putCall(int nr, long result, NativeMemory regs) {
    regs.putLong(UserRegs.rax, result);
    regs.putLong(UserRegs.orig_rax, nr);
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
    x.zero(XstateLayout.XSTATE_BV, HEADER_BYTES);
    x.putLong(XstateLayout.XSTATE_BV, xsave.getXstateBv());
    x.putLong(XCOMP_BV, 0);
    for (int component : XstateLayout.components()) {
      int at = layout.offset(component);
      for (int i = 0; i < layout.lengthBytes(component) / XstateLayout.wordBytes(component); i++) {
        put(xsave, component, x, at, i);
      }
    }
  }

  private static void put(
      user_x86_xsave_entry xsave, int component, NativeMemory x, int at, int i) {
    long word = i < count(xsave, component) ? word(xsave, component, i) : 0;
    if (XstateLayout.wordBytes(component) == Long.BYTES) {
      x.putLong(at + Long.BYTES * i, word);
    } else {
      x.putInt(at + Integer.BYTES * i, (int) word);
    }
  }

  private static int count(user_x86_xsave_entry xsave, int component) {
    return switch (component) {
      case XstateLayout.YMM -> xsave.getYmmhSpaceCount();
      case XstateLayout.BNDREGS -> xsave.getBndregStateCount();
      case XstateLayout.BNDCSR -> xsave.getBndcsrStateCount();
      case XstateLayout.OPMASK -> xsave.getOpmaskRegCount();
      case XstateLayout.ZMM_UPPER -> xsave.getZmmUpperCount();
      case XstateLayout.HI16_ZMM -> xsave.getHi16ZmmCount();
      default -> xsave.getPkruCount();
    };
  }

  private static long word(user_x86_xsave_entry xsave, int component, int i) {
    return switch (component) {
      case XstateLayout.YMM -> xsave.getYmmhSpace(i);
      case XstateLayout.BNDREGS -> xsave.getBndregState(i);
      case XstateLayout.BNDCSR -> xsave.getBndcsrState(i);
      case XstateLayout.OPMASK -> xsave.getOpmaskReg(i);
      case XstateLayout.ZMM_UPPER -> xsave.getZmmUpper(i);
      case XstateLayout.HI16_ZMM -> xsave.getHi16Zmm(i);
      default -> xsave.getPkru(i);
    };
  }
}
