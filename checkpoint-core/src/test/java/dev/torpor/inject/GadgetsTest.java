// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.arch.Gadgets;
import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.Mapping;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Code found in a running process. */
class GadgetsTest {
  @Test
  void allAreWhatTheyAreTakenFor() throws Exception {
    try (Cat cat = Cat.start()) {
      Gadgets gadgets = new Gadgets();
      Gadgets.Found found = gadgets.find(cat.pid(), cat.mappings());

      assertThat(HexFormat.of().formatHex(cat.read(found.syscallRet(), 3))).isEqualTo("0f05c3");
      assertThat(HexFormat.of().formatHex(cat.read(found.sigreturn(), 9)))
          .matches("48c7c00f0000000f05|b80f0000000f05.*");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().popRax(), 2))).isEqualTo("58c3");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().popRdi(), 2))).isEqualTo("5fc3");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().popRsi(), 2))).isEqualTo("5ec3");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().popRdx(), 2))).isEqualTo("5ac3");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().storeRax(), 4)))
          .matches("4889(02|06|07)c3");
      assertThat(HexFormat.of().formatHex(cat.read(found.chain().popPlace(), 2)))
          .matches("5[aef]c3");
      assertThat(gadgets.find(cat.pid(), cat.mappings())).isEqualTo(found);
    }
  }

  @Test
  void whatOneProcessTaughtHoldsAtTheAddressesOfAnother() throws Exception {
    try (Cat first = Cat.start();
        Cat second = Cat.start()) {
      Gadgets gadgets = new Gadgets();
      gadgets.find(first.pid(), first.mappings());
      Gadgets.Found found = gadgets.find(second.pid(), second.mappings());
      assertThat(found).isEqualTo(new Gadgets().find(second.pid(), second.mappings()));
      assertThat(second.read(found.syscallRet(), 2)).containsExactly(0x0f, 0x05);
    }
  }

  @Test
  void taskWithoutSuchCode() throws Exception {
    try (Cat cat = Cat.start()) {
      List<Mapping> noCode = cat.mappings().stream().filter(m -> !m.isExecutable()).toList();
      assertThatThrownBy(() -> new Gadgets().find(cat.pid(), noCode))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageStartingWith("task " + cat.pid() + ": ")
          .hasMessageContaining("link it with a C library");
    }
  }
}
