// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Recorded kernel text: NAME.cgroup, NAME.mountinfo and NAME.cgroups beside this class. */
final class Recorded {

  private Recorded() {}

  static String text(String name) throws IOException {
    try (InputStream in = Recorded.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new java.io.FileNotFoundException(name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
