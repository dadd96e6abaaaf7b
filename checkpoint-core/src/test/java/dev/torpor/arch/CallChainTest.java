// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;
import dev.torpor.linux.UserRegs;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The words of a chain; that a thread walks them is seen by every test of an attribute. */
class CallChainTest {
  private static final long FRAME = 0x7000_0000L;
  private static final Gadgets.Found GADGETS =
      new Gadgets.Found(
          0x100, 0x200, new Gadgets.ForChain(0x301, 0x302, 0x303, 0x304, 0x303, 0x305));

  private final CallChain chain = new CallChain(GADGETS, FRAME);

  @Test
  void lastCallIsBelowTheFrame() {
    assertThat(chain.add(Nr.SYS_prctl, new long[] {1, 2, 3, 0, 0, 0}, 0x8000)).isTrue();
    chain.end(43, Signal.SIGURG);

    long[] call = {0x301, Nr.SYS_prctl, 0x302, 1, 0x303, 2, 0x304, 3, 0x100};
    long[] store = {0x303, 0x8000, 0x305};
    long[] end = {0x301, Nr.SYS_tkill, 0x302, 43, 0x303, Signal.SIGURG, 0x304, 0, 0x100};
    assertThat(words())
        .isEqualTo(Stream.of(call, store, end).flatMapToLong(LongStream::of).toArray());
    assertThat(chain.address()).isEqualTo(FRAME - 21 * 8);
  }

  @Test
  void registersStandAsBehindTheReturnThatLeadsToTheFirstWord() {
    chain.add(Nr.SYS_rt_sigaction, new long[] {1, 2, 3, 8, 9, 10}, 0x8000);
    chain.end(43, Signal.SIGURG);
    CallRegisters regs = new CallRegisters();
    chain.enter(regs);

    assertThat(word(regs, UserRegs.rip)).isEqualTo(0x301);
    assertThat(word(regs, UserRegs.rsp)).isEqualTo(chain.address() + 8);
    assertThat(word(regs, UserRegs.r10)).isEqualTo(8);
    assertThat(word(regs, UserRegs.r8)).isEqualTo(9);
    assertThat(word(regs, UserRegs.r9)).isEqualTo(10);
    assertThat(chain.isAtEnd(regs)).isFalse();
    regs.jump(0x102, FRAME);
    assertThat(chain.isAtEnd(regs)).isTrue();
  }

  @Test
  void fourthArgumentIsOneForAll() {
    assertThat(chain.add(Nr.SYS_rt_sigaction, new long[] {1, 0, 3, 8, 0, 0}, 0x8000)).isTrue();
    assertThat(chain.add(Nr.SYS_rt_sigaction, new long[] {2, 0, 3, 8, 0, 0}, 0x8000)).isTrue();
    assertThat(chain.add(Nr.SYS_prctl, new long[6], 0x8000)).isFalse();
  }

  @Test
  void withoutPopOfRdxTheThirdArgumentIsOneForAllToo() {
    CallChain narrow =
        new CallChain(
            new Gadgets.Found(
                0x100, 0x200, new Gadgets.ForChain(0x301, 0x302, 0x303, -1, 0x303, 0x305)),
            FRAME);
    assertThat(narrow.add(Nr.SYS_prctl, new long[] {1, 2, 7, 0, 0, 0}, 0x8000)).isTrue();
    assertThat(narrow.add(Nr.SYS_prctl, new long[] {2, 9, 7, 0, 0, 0}, 0x8000)).isTrue();
    assertThat(narrow.add(Nr.SYS_prctl, new long[] {1, 2, 6, 0, 0, 0}, 0x8000)).isFalse();
    CallRegisters regs = new CallRegisters();
    narrow.end(43, Signal.SIGURG);
    narrow.enter(regs);
    assertThat(word(regs, UserRegs.rdx)).isEqualTo(7);
  }

  @Test
  void fullChainTakesNoMore() {
    for (int i = 0; i < CallChain.MAX_CALLS; i++) {
      assertThat(chain.add(Nr.SYS_getpid, new long[6], 0x8000)).isTrue();
    }
    assertThat(chain.add(Nr.SYS_getpid, new long[6], 0x8000)).isFalse();
    chain.end(43, Signal.SIGURG);
    assertThat(chain.lengthBytes()).isLessThanOrEqualTo(CallChain.MAX_BYTES);
  }

  @Test
  void signalThatNobodyCaresFor() {
    long urgent = Signal.bit(Signal.SIGURG);
    long window = Signal.bit(Signal.SIGWINCH);
    assertThat(CallChain.quietSignal(0, 0, 0)).isEqualTo(Signal.SIGURG);
    assertThat(CallChain.quietSignal(urgent, 0, 0)).isEqualTo(Signal.SIGWINCH);
    assertThat(CallChain.quietSignal(0, urgent, 0)).isEqualTo(Signal.SIGWINCH);
    assertThat(CallChain.quietSignal(0, window, urgent)).isZero();
  }

  private static long word(CallRegisters regs, int offset) {
    return regs.words()[offset / Long.BYTES];
  }

  private long[] words() {
    NativeMemory target = NativeMemory.allocate(CallChain.MAX_BYTES);
    chain.put(target, CallChain.MAX_BYTES);
    long[] words = new long[chain.lengthBytes() / Long.BYTES];
    for (int i = 0; i < words.length; i++) {
      words[i] = target.getLong(CallChain.MAX_BYTES - chain.lengthBytes() + i * Long.BYTES);
    }
    return words;
  }
}
