// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.cpuinfo_entry;
import dev.torpor.image.proto.cpuinfo_x86_entry;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorCheckTest {
  private static final int AVX2 = 1 << 5;
  private static final int SMEP = 1 << 7;

  private final cpuinfo_x86_entry own = Processor.ofThisMachine().getX86Entry(0);

  private String mismatch(cpuinfo_x86_entry.Builder image, CpuCap... caps) {
    cpuinfo_entry whole = cpuinfo_entry.newBuilder().addX86Entry(image).build();
    Set<CpuCap> set = EnumSet.noneOf(CpuCap.class);
    set.addAll(Set.of(caps));
    return ProcessorCheck.mismatch(whole, cpuinfo_entry.newBuilder().addX86Entry(own).build(), set);
  }

  private cpuinfo_x86_entry.Builder changed(int word, int bits) {
    return own.toBuilder().setCapability(word, own.getCapability(word) ^ bits);
  }

  @Test
  void aProcessorIsLikeItself() {
    assertThat(mismatch(own.toBuilder(), CpuCap.values())).isNull();
  }

  @Test
  void instructionsMayBeMoreButNotLess() {
    cpuinfo_x86_entry.Builder without =
        own.toBuilder().setCapability(Processor.EBX_7, own.getCapability(Processor.EBX_7) & ~AVX2);
    assertThat(mismatch(without, CpuCap.INS, CpuCap.FPU)).isNull();
    // Intel's and AMD's: no processor has both, so that one of these is not here.
    int foreign = ~own.getCapability(Processor.ECX_80000001) & (1 << 11 | 1 << 16);
    assertThat(foreign).isNotZero();
    assertThat(mismatch(changed(Processor.ECX_80000001, foreign), CpuCap.INS))
        .contains("instructions", "word 6");
    assertThat(mismatch(changed(Processor.ECX_80000001, foreign), CpuCap.FPU)).isNull();
  }

  @Test
  void strictlyEveryBitCounts() {
    assertThat(mismatch(changed(Processor.EBX_7, SMEP), CpuCap.INS, CpuCap.FPU)).isNull();
    assertThat(mismatch(changed(Processor.EBX_7, SMEP), CpuCap.CPU)).contains("word 9");
  }

  @Test
  void registersMustFit() {
    assertThat(mismatch(own.toBuilder().setXfeaturesMask(1 << 17), CpuCap.FPU))
        .contains("components of registers 0x20000");
    assertThat(mismatch(own.toBuilder().setXsaveSize(1), CpuCap.FPU)).contains("1 bytes there");
    assertThat(mismatch(own.toBuilder().setXsaveSize(1), CpuCap.INS)).isNull();
    // Not in images of CRIU before 3.9.
    assertThat(mismatch(own.toBuilder().clearXsaveSize().clearXsaveSizeMax(), CpuCap.FPU)).isNull();
  }

  @Test
  void damageIsNoMatch() {
    assertThat(mismatch(own.toBuilder().setCapabilityVer(3), CpuCap.FPU)).contains("version 3");
    assertThat(mismatch(own.toBuilder().setCapabilityVer(1), CpuCap.FPU))
        .contains("19 words, not 12");
    assertThat(mismatch(own.toBuilder().clearCapability(), CpuCap.FPU)).contains("0 words, not 19");
  }
}
