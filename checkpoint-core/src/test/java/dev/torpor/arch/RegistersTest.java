// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.thread_info_x86;
import dev.torpor.image.proto.user_x86_regs_mode;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.UserRegs;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Registers of this processor's layout, to an image and back. */
class RegistersTest {
  private static final long CLEAR_TID = 0x7fff_ffff_f910L;
  private static final int USER_CS = 0x33;
  private static final int USER32_CS = 0x23;
  private static final int XSTATE_BV = 512;
  private static final int AREA_BYTES = 16 * 1024;
  private static final long AMX_TILES = 1L << 18;

  private final XstateLayout layout = XstateLayout.ofThisProcessor();
  private final Registers registers = new Registers(layout);
  private final NativeMemory regs = random(1, UserRegs.SIZEOF).putLong(UserRegs.cs, USER_CS);
  private final NativeMemory xstate =
      random(2, AREA_BYTES).putLong(XSTATE_BV, layout.features() & XstateLayout.CARRIED);

  private static NativeMemory random(int seed, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    new Random(seed).nextBytes(bytes);
    return NativeMemory.of(bytes);
  }

  private FieldWriter capture() {
    return registers.capture(
        "task 42",
        regs.getLongs(0, UserRegs.SIZEOF / Long.BYTES),
        xstate.getLongs(0, registers.xstateBytes() / Long.BYTES),
        CLEAR_TID);
  }

  private thread_info_x86.Builder captured() {
    FieldWriter info = capture();
    try {
      return thread_info_x86.parseFrom(info.toByteArray()).toBuilder();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void isWhatProtobufWouldWrite() {
    thread_info_x86 info = captured().build();
    assertThat(info.getClearTidAddr()).isEqualTo(CLEAR_TID);
    assertThat(info.getUnknownFields().asMap()).isEmpty();
    assertThat(capture().toByteArray()).isEqualTo(info.toByteArray());
  }

  @Test
  void generalRegistersReturn() {
    NativeMemory back = random(3, UserRegs.SIZEOF);
    Registers.putGeneral(captured().getGpregs(), back);
    assertThat(back.getLong(UserRegs.orig_rax)).as("no call to be restarted").isEqualTo(-1);
    back.putLong(UserRegs.orig_rax, regs.getLong(UserRegs.orig_rax));
    assertThat(back.getBytes(0, UserRegs.SIZEOF)).isEqualTo(regs.getBytes(0, UserRegs.SIZEOF));
  }

  @Test
  void floatingPointRegistersReturn() {
    NativeMemory back = random(4, AREA_BYTES);
    registers.putFloating(captured().getFpregs(), back);
    // The legacy area but mxcsr_mask, which is the processor's, and what is reserved at its end.
    same(back, 0, 28);
    same(back, 32, 416 - 32);
    assertThat(back.getLong(XSTATE_BV)).isEqualTo(xstate.getLong(XSTATE_BV));
    assertThat(back.getBytes(XSTATE_BV + 8, 56)).as("rest of the header").containsOnly(0);
    for (int component : XstateLayout.components()) {
      same(back, layout.offset(component), layout.lengthBytes(component));
    }
  }

  /** As CRIU wants it: `struct pkru_state` has padding, which it counts. */
  @Test
  void protectionKeysHaveTwoWords() {
    boolean present = (layout.features() >> XstateLayout.PKRU & 1) != 0;
    assertThat(captured().getFpregs().getXsave().getPkruCount()).isEqualTo(present ? 2 : 0);
  }

  private void same(NativeMemory back, int at, int lengthBytes) {
    assertThat(back.getBytes(at, lengthBytes))
        .as("offset " + at)
        .isEqualTo(xstate.getBytes(at, lengthBytes));
  }

  @Test
  void componentsLieBehindTheHeaderWithoutOverlap() {
    assertThat(layout.features() & 3).as("x87 and SSE").isEqualTo(3);
    boolean[] taken = new boolean[AREA_BYTES];
    for (int component : XstateLayout.components()) {
      for (int i = 0; i < layout.lengthBytes(component); i++) {
        int at = layout.offset(component) + i;
        assertThat(at).isGreaterThanOrEqualTo(XSTATE_BV + 64);
        assertThat(taken[at]).isFalse();
        taken[at] = true;
      }
    }
  }

  @Test
  void imageOfAProcessorWithoutAComponentZeroesIt() {
    thread_info_x86.Builder info = captured();
    info.getFpregsBuilder().getXsaveBuilder().clearYmmhSpace().setXstateBv(3);
    NativeMemory back = random(4, AREA_BYTES);
    registers.putFloating(info.buildPartial().getFpregs(), back);
    int lengthBytes = layout.lengthBytes(XstateLayout.YMM);
    assertThat(back.getBytes(layout.offset(XstateLayout.YMM), lengthBytes))
        .isEqualTo(new byte[lengthBytes]);
    assertThat(back.getLong(XSTATE_BV)).isEqualTo(3);
  }

  @Test
  void whatWasCapturedCanRunHere() {
    registers.check("task 42", captured().buildPartial());
  }

  @Test
  void capturesThatAreRefused() {
    xstate.putLong(XSTATE_BV, 3 | AMX_TILES);
    assertThatThrownBy(this::captured)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("task 42")
        .hasMessageContaining("xfeatures 0x40000");
    regs.putLong(UserRegs.cs, USER32_CS);
    assertThatThrownBy(this::captured)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("32-bit");
  }

  @Test
  void imagesThatAreRefused() {
    thread_info_x86.Builder compat = captured();
    compat.getGpregsBuilder().setMode(user_x86_regs_mode.COMPAT);
    refused(compat, "32-bit threads");

    thread_info_x86.Builder unknown = captured();
    unknown.getFpregsBuilder().getXsaveBuilder().setXstateBv(3 | 1L << 62);
    refused(unknown, "xfeatures 0x4000000000000000");

    thread_info_x86.Builder shadowStack = captured();
    shadowStack.getFpregsBuilder().getXsaveBuilder().getCetBuilder().setCet(1);
    refused(shadowStack, "shadow stacks");

    thread_info_x86.Builder cut = captured();
    cut.getFpregsBuilder().getXsaveBuilder().clearYmmhSpace().addYmmhSpace(1);
    assertThatThrownBy(() -> registers.check("task 42", cut.buildPartial()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(
            "task 42: its image is damaged: its extended state 2 has 1 words, not 64");

    thread_info_x86.Builder base = captured();
    base.getTlsBuilder(1).setBaseAddr(0x1000);
    refused(base, "thread-local segment 13");
    thread_info_x86.Builder present = captured();
    present.getTlsBuilder(2).setSegNotPresent(false);
    refused(present, "thread-local segment 14");
  }

  private void refused(thread_info_x86.Builder info, String why) {
    assertThatThrownBy(() -> registers.check("task 42", info.buildPartial()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageStartingWith("task 42: ")
        .hasMessageContaining(why);
  }
}
