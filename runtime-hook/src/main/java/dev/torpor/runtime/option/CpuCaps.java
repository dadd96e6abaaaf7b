// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import dev.torpor.arch.CpuCap;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * {@code --cpu-cap}.
 *
 * @param compared what of two processors is compared
 * @param inImage whether a dump writes its processor down, and a restore compares
 */
public record CpuCaps(Set<CpuCap> compared, boolean inImage) {
  /** Without the option. */
  public static final CpuCaps DEFAULT = new CpuCaps(EnumSet.of(CpuCap.FPU, CpuCap.INS), false);

  /** Copies the set. */
  public CpuCaps {
    EnumSet<CpuCap> copy = EnumSet.noneOf(CpuCap.class);
    copy.addAll(compared);
    compared = Collections.unmodifiableSet(copy);
  }

  /** Of the RPC's field, whose bits CRIU does not look at beyond its own. */
  public static CpuCaps ofBits(int bits) {
    EnumSet<CpuCap> compared = EnumSet.noneOf(CpuCap.class);
    for (CpuCap cap : CpuCap.values()) {
      if ((bits & cap.bit()) != 0) {
        compared.add(cap);
      }
    }
    return new CpuCaps(compared, true);
  }

  /**
   * These, changed by one more option.
   *
   * @param text null for one without a value
   */
  CpuCaps and(String text, String origin) {
    if (text == null) {
      return new CpuCaps(EnumSet.allOf(CpuCap.class), true);
    }
    EnumSet<CpuCap> changed = EnumSet.noneOf(CpuCap.class);
    changed.addAll(compared);
    for (String word : text.split(",", -1)) {
      change(changed, word, text, origin);
    }
    return new CpuCaps(changed, inImage || !changed.isEmpty());
  }

  private static void change(Set<CpuCap> changed, String word, String text, String origin) {
    int carets = 0;
    while (carets < word.length() && word.charAt(carets) == '^') {
      carets++;
    }
    boolean on = carets % 2 == 0;
    String name = word.substring(carets);
    if (name.equals("none")) {
      on = !on;
    }
    Set<CpuCap> named =
        switch (name) {
          case "all", "none" -> EnumSet.allOf(CpuCap.class);
          case "fpu" -> EnumSet.of(CpuCap.FPU);
          case "cpu" -> EnumSet.of(CpuCap.CPU);
          case "ins" -> EnumSet.of(CpuCap.INS);
          case "" -> EnumSet.noneOf(CpuCap.class);
          default ->
              throw OptionException.badValue(
                  origin, "--cpu-cap", text, "fpu, cpu, ins, all, none, with ^ in front not");
        };
    if (on) {
      changed.addAll(named);
    } else {
      changed.removeAll(named);
    }
  }
}
