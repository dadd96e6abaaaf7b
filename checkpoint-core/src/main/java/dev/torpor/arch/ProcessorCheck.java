// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import static dev.torpor.arch.Processor.DERIVED;
import static dev.torpor.arch.Processor.EAX_D_1;
import static dev.torpor.arch.Processor.EBX_7;
import static dev.torpor.arch.Processor.EBX_80000008;
import static dev.torpor.arch.Processor.ECX_1;
import static dev.torpor.arch.Processor.ECX_7;
import static dev.torpor.arch.Processor.ECX_80000001;
import static dev.torpor.arch.Processor.EDX_1;
import static dev.torpor.arch.Processor.EDX_7;
import static dev.torpor.arch.Processor.EDX_80000001;
import static dev.torpor.arch.Processor.VERSION;
import static dev.torpor.arch.Processor.WORDS;

import dev.torpor.image.proto.cpuinfo_entry;
import dev.torpor.image.proto.cpuinfo_x86_entry;
import java.util.Set;

/** Compares the processor of an image with another one, as {@code --cpu-cap} of CRIU 4.2.1 does. */
public final class ProcessorCheck {
  /** As many words as images of version 1 have. */
  private static final int WORDS_1 = 12;

  /** What programs use without asking the kernel, as bits of each word. */
  private static final int[] INSTRUCTIONS = instructions();

  /** What saving a thread's registers needs: FPU, FXSR, OSXSAVE, XSAVES. */
  private static final int[] SAVING = new int[WORDS];

  static {
    SAVING[EDX_1] = bits(0, 24);
    SAVING[ECX_1] = bits(27);
    SAVING[EAX_D_1] = bits(3);
  }

  private final cpuinfo_x86_entry image;
  private final cpuinfo_x86_entry own;

  private ProcessorCheck(cpuinfo_x86_entry image, cpuinfo_x86_entry own) {
    this.image = image;
    this.own = own;
  }

  private static int[] instructions() {
    int[] words = new int[WORDS];
    words[EDX_1] = bits(0, 4, 8, 11, 15, 19, 23, 24, 25, 26);
    words[EDX_80000001] = bits(11, 22, 27, 30, 31);
    words[DERIVED] = bits(16, 20);
    words[ECX_1] = bits(0, 1, 3, 9, 12, 13, 19, 20, 22, 23, 25, 26, 27, 28, 29, 30);
    words[ECX_80000001] = bits(5, 6, 7, 8, 11, 16, 21);
    words[EBX_7] = bits(0, 3, 4, 5, 8, 9, 11, 14, 16, 17, 18, 19, 23, 26, 27, 28, 29, 30, 31);
    words[EAX_D_1] = bits(0, 1, 2);
    words[ECX_7] = bits(1, 6, 8, 9, 10, 11, 12, 13, 14, 22);
    words[EBX_80000008] = bits(0);
    words[EDX_7] = bits(2, 3);
    return words;
  }

  private static int bits(int... numbers) {
    int word = 0;
    for (int number : numbers) {
      word |= 1 << number;
    }
    return word;
  }

  /**
   * Compares.
   *
   * @param image of the processor that the tree was dumped on
   * @param own of the one that is to go on with it
   * @param caps what of it matters
   * @return what does not fit, or null
   */
  public static String mismatch(cpuinfo_entry image, cpuinfo_entry own, Set<CpuCap> caps) {
    if (image.getX86EntryCount() != 1) {
      return "it describes " + image.getX86EntryCount() + " x86 processors, not one";
    }
    cpuinfo_x86_entry entry = image.getX86Entry(0);
    int words = entry.getCapabilityVer() == 1 ? WORDS_1 : WORDS;
    if (entry.getCapabilityVer() < 1 || entry.getCapabilityVer() > VERSION) {
      return "its version " + entry.getCapabilityVer() + " is not known";
    }
    if (entry.getCapabilityCount() != words) {
      return "it has " + entry.getCapabilityCount() + " words, not " + words;
    }
    return new ProcessorCheck(entry, own.getX86Entry(0)).mismatch(caps);
  }

  private String mismatch(Set<CpuCap> caps) {
    String mismatch = null;
    if (caps.contains(CpuCap.FPU)) {
      mismatch = saving();
    }
    if (mismatch == null && caps.contains(CpuCap.INS)) {
      mismatch = lacking(INSTRUCTIONS, "instructions");
    }
    if (mismatch == null && caps.contains(CpuCap.CPU)) {
      mismatch = different();
    }
    return mismatch;
  }

  private String saving() {
    String lacking = lacking(SAVING, "ways to save registers");
    // x86-64 is never without SSE; CRIU does not write it, images of others may.
    long components = image.getXfeaturesMask() & ~own.getXfeaturesMask() & ~XstateLayout.SSE;
    if (lacking == null && components != 0) {
      return "components of registers 0x" + Long.toHexString(components) + " are not here";
    }
    if (lacking == null && image.hasXsaveSize() && image.getXsaveSize() != own.getXsaveSize()) {
      return length("registers take", image.getXsaveSize(), own.getXsaveSize());
    }
    if (lacking == null
        && image.hasXsaveSizeMax()
        && image.getXsaveSizeMax() != own.getXsaveSizeMax()) {
      return length("registers can take", image.getXsaveSizeMax(), own.getXsaveSizeMax());
    }
    return lacking;
  }

  private static String length(String what, int there, int here) {
    return what + ' ' + there + " bytes there, " + here + " here";
  }

  private String lacking(int[] masks, String what) {
    for (int i = 0; i < image.getCapabilityCount(); i++) {
      int lacking = image.getCapability(i) & ~own.getCapability(i) & masks[i];
      if (lacking != 0) {
        return what + " are not here: bits 0x" + Integer.toHexString(lacking) + " of word " + i;
      }
    }
    return null;
  }

  private String different() {
    for (int i = 0; i < image.getCapabilityCount(); i++) {
      if (image.getCapability(i) != own.getCapability(i)) {
        return "word "
            + i
            + " of its capabilities is 0x"
            + Integer.toHexString(image.getCapability(i))
            + ", here 0x"
            + Integer.toHexString(own.getCapability(i));
      }
    }
    return null;
  }
}
