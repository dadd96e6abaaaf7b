// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageStore;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.SmapsParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Texts of /proc/PID/smaps. */
final class Maps {
  /** Recorded: /usr/bin/sleep. The vvar pages are two mappings since Linux 6.13. */
  static final String LINUX_6_18 = "smaps-6.18";

  /** In the form of a Linux 6.1 that has soft-dirty bits and protection keys. */
  static final String LINUX_6_1 = "smaps-6.1";

  static final ImageStore NO_IMAGES =
      new CapturedImages(ImageDirectory.at(Path.of("/nonexistent")));

  private Maps() {}

  static List<Mapping> of(String fixture) throws IOException {
    try (InputStream in = Maps.class.getResourceAsStream(fixture)) {
      return parse(in.readAllBytes());
    }
  }

  /** As if it were read from /proc. */
  static List<Mapping> parse(byte[] text) {
    try {
      Path file = Files.createTempFile("smaps", "");
      try {
        return SmapsParser.read(Files.write(file, text).toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One mapping of a page. */
  static Mapping one(String permissions, int inode, String name, String vmFlags) {
    String line = "10000-11000 " + permissions + " 00003000 fe:00 " + inode + "    " + name;
    return parse((line + "\nVmFlags: " + vmFlags + " \n").getBytes(StandardCharsets.UTF_8)).get(0);
  }
}
