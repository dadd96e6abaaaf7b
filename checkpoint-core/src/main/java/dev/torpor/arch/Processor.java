// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.cpuinfo_entry;
import dev.torpor.image.proto.cpuinfo_x86_entry;
import dev.torpor.linux.Blob;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What the processor says of itself (cpuid, Intel SDM volume 2), in the words of CRIU's
 * cpuinfo.img: most are registers of one leaf, one has what follows from the rest.
 */
public final class Processor {
  /** Words of an image; the number is where one stands. */
  static final int EDX_1 = 0;

  static final int EDX_80000001 = 1;
  static final int DERIVED = 3;
  static final int ECX_1 = 4;
  static final int ECX_80000001 = 6;
  static final int EBX_7 = 9;
  static final int EAX_D_1 = 10;
  static final int ECX_7 = 11;
  static final int EDX_F_1 = 12;
  static final int EBX_80000008 = 13;
  static final int EAX_6 = 14;
  static final int EDX_8000000A = 15;
  static final int EDX_F_0 = 16;
  static final int EBX_80000007 = 17;
  static final int EDX_7 = 18;
  static final int WORDS = 19;

  /** That the list of words is this one. */
  static final int VERSION = 2;

  private static final int EAX = 0;
  private static final int EBX = 1;
  private static final int ECX = 2;
  private static final int EDX = 3;

  private static final int REP_GOOD = 1 << 16;
  private static final int NOPL = 1 << 20;
  private static final int CPUID = 1 << 25;
  private static final int XSAVE = 1 << 26;
  private static final int ERMS = 1 << 9;
  private static final int CACHE_OCCUPANCY = 1 << 1;

  /** Means something else in AMD's processors, which say that in another leaf too. */
  private static final int PBE = 1 << 31;

  private static final int XSTATE_LEAF = 0xd;

  private final boolean intel;
  private final int maxLeaf;
  private final int maxExtendedLeaf;
  private final int signature;
  private final int[] words = new int[WORDS];

  private Processor() {
    int[] first = leaf(0, 0);
    intel = vendor(first);
    maxLeaf = first[EAX];
    maxExtendedLeaf = leaf(0x80000000, 0)[EAX];
    signature = leaf(1, 0)[EAX];
    readWords();
    derive();
  }

  /**
   * This machine's, as an image has it.
   *
   * @throws UnsupportedException if neither Intel nor AMD made it: images have no number for others
   */
  public static cpuinfo_entry ofThisMachine() {
    return cpuinfo_entry.newBuilder().addX86Entry(new Processor().entry()).build();
  }

  private static boolean vendor(int[] first) {
    String name = text(first[EBX], first[EDX], first[ECX]);
    boolean intel = name.equals("GenuineIntel");
    if (!intel && !name.equals("AuthenticAMD")) {
      throw new UnsupportedException(
          "processor of " + name,
          "images can describe those of Intel and AMD only; leave --cpu-cap out");
    }
    return intel;
  }

  private static int[] leaf(int leaf, int subleaf) {
    return Blob.cpuid(leaf, subleaf)[0];
  }

  private void readWords() {
    int[] one = leaf(1, 0);
    words[EDX_1] = one[EDX];
    words[ECX_1] = one[ECX];
    words[EAX_6] = known(6, 0)[EAX];
    int[] seven = known(7, 0);
    words[EBX_7] = seven[EBX];
    words[ECX_7] = seven[ECX];
    words[EDX_7] = seven[EDX];
    words[EAX_D_1] = known(XSTATE_LEAF, 1)[EAX];
    words[EDX_F_0] = known(0xf, 0)[EDX];
    if ((words[EDX_F_0] & CACHE_OCCUPANCY) != 0) {
      words[EDX_F_1] = known(0xf, 1)[EDX];
    }
    int[] extended = known(0x80000001, 0);
    words[ECX_80000001] = extended[ECX];
    words[EDX_80000001] = extended[EDX];
    words[EBX_80000007] = known(0x80000007, 0)[EBX];
    words[EBX_80000008] = known(0x80000008, 0)[EBX];
    words[EDX_8000000A] = known(0x8000000a, 0)[EDX];
  }

  /** Zeros for a leaf that there is not: the instruction gives those of another. */
  private int[] known(int leaf, int subleaf) {
    int max = leaf < 0 ? maxExtendedLeaf : maxLeaf;
    return Integer.compareUnsigned(leaf, max) > 0 ? new int[EDX + 1] : leaf(leaf, subleaf);
  }

  /** What CRIU takes from Linux' early_init_intel() and early_init_amd(). */
  private void derive() {
    words[DERIVED] = CPUID | NOPL;
    if (maxLeaf < XSTATE_LEAF) {
      words[ECX_1] &= ~XSAVE;
    }
    if ((intel && family() == 6) || (!intel && family() >= 0x10)) {
      words[DERIVED] |= REP_GOOD;
    }
    if (intel && family() == 15) {
      words[EBX_7] &= ~ERMS;
    }
    if (!intel) {
      words[EDX_1] &= ~PBE;
    }
  }

  private int family() {
    int family = signature >> 8 & 0xf;
    return family == 0xf ? family + (signature >> 20 & 0xff) : family;
  }

  private int model() {
    int model = signature >> 4 & 0xf;
    return family() >= 6 ? model + ((signature >> 16 & 0xf) << 4) : model;
  }

  private cpuinfo_x86_entry entry() {
    cpuinfo_x86_entry.Builder entry =
        cpuinfo_x86_entry
            .newBuilder()
            .setVendorId(intel ? cpuinfo_x86_entry.vendor.INTEL : cpuinfo_x86_entry.vendor.AMD)
            .setCpuFamily(family())
            .setModel(model())
            .setStepping(signature & 0xf)
            .setCapabilityVer(VERSION);
    for (int word : words) {
      entry.addCapability(word);
    }
    String name = name();
    if (!name.isEmpty()) {
      entry.setModelId(name);
    }
    return addXsave(entry).build();
  }

  private cpuinfo_x86_entry.Builder addXsave(cpuinfo_x86_entry.Builder entry) {
    if ((words[ECX_1] & XSAVE) == 0) {
      return entry.setXfeaturesMask(0).setXsaveSize(0).setXsaveSizeMax(0);
    }
    int[] xstate = leaf(XSTATE_LEAF, 0);
    long mask = Integer.toUnsignedLong(xstate[EAX]) & XstateLayout.CARRIED;
    return entry
        .setXfeaturesMask(mask & ~XstateLayout.SSE)
        .setXsaveSize(xstate[EBX])
        .setXsaveSizeMax(xstate[ECX]);
  }

  /** Padded in front by Intel. */
  private String name() {
    int[] all = new int[3 * (EDX + 1)];
    for (int i = 0; i < 3; i++) {
      System.arraycopy(known(0x80000002 + i, 0), 0, all, i * (EDX + 1), EDX + 1);
    }
    return text(all).stripLeading();
  }

  private static String text(int... registers) {
    ByteBuffer bytes = ByteBuffer.allocate(registers.length * Integer.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(registers);
    String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }
}
