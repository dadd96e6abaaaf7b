// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.termios_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;

/**
 * struct termios of the kernel, asm-generic/termbits.h, and its image entry. CRIU copies the
 * control characters as bytes into an array of as many 32-bit words, so the first words hold them
 * all and the others nothing of meaning.
 */
final class TermiosEntry {
  static final int SIZEOF = 36;

  private static final int C_OFLAG = 4;
  private static final int C_CFLAG = 8;
  private static final int C_LFLAG = 12;
  private static final int C_LINE = 16;
  private static final int C_CC = 17;

  private TermiosEntry() {}

  static termios_entry read(NativeMemory termios) {
    termios_entry.Builder entry =
        termios_entry
            .newBuilder()
            .setCIflag(termios.getInt(0))
            .setCOflag(termios.getInt(C_OFLAG))
            .setCCflag(termios.getInt(C_CFLAG))
            .setCLflag(termios.getInt(C_LFLAG))
            .setCLine(termios.getUnsignedByte(C_LINE))
            .setCIspeed(0)
            .setCOspeed(0);
    for (int word = 0; word < Ioctl.NCCS; word++) {
      int value = 0;
      for (int i = 3; i >= 0; i--) {
        int at = 4 * word + i;
        value = value << 8 | (at < Ioctl.NCCS ? termios.getUnsignedByte(C_CC + at) : 0);
      }
      entry.addCCc(value);
    }
    return entry.build();
  }

  static Data data(Program program, termios_entry entry) {
    Data termios = program.reserve(SIZEOF + Ioctl.NCCS);
    termios
        .putInt(0, entry.getCIflag())
        .putInt(C_OFLAG, entry.getCOflag())
        .putInt(C_CFLAG, entry.getCCflag())
        .putInt(C_LFLAG, entry.getCLflag())
        .putBytes(C_LINE, new byte[] {(byte) entry.getCLine()});
    byte[] characters = new byte[Ioctl.NCCS];
    for (int at = 0; at < characters.length && at / 4 < entry.getCCcCount(); at++) {
      characters[at] = (byte) (entry.getCCc(at / 4) >> (8 * (at % 4)));
    }
    return termios.putBytes(C_CC, characters);
  }
}
