// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.proc.Mapping;
import dev.torpor.proc.SmapsParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Texts of /proc/PID/smaps. */
final class Maps {
  /** Recorded: /usr/bin/sleep. The vvar pages are two mappings since Linux 6.13. */
  static final String LINUX_6_18 = "smaps-6.18";

  /** In the form of a Linux 6.1 that has soft-dirty bits and protection keys. */
  static final String LINUX_6_1 = "smaps-6.1";

  private Maps() {}

  static List<Mapping> of(String fixture) throws IOException {
    try (InputStream in = Maps.class.getResourceAsStream(fixture)) {
      return SmapsParser.parse(fixture, new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
    }
  }

  /** One mapping of a page. */
  static Mapping one(String permissions, int inode, String name, String vmFlags) {
    String line = "10000-11000 " + permissions + " 00003000 fe:00 " + inode + "    " + name;
    return SmapsParser.parse("smaps", line + "\nVmFlags: " + vmFlags + " \n").get(0);
  }
}
