// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import java.io.PrintStream;

/** {@code checkpoint --help} and {@code restore --help}, by which Podman learns that they exist. */
final class Usage {
  private static final int COLUMN = 34;

  private Usage() {}

  static void print(String command, PrintStream out) {
    out.println("usage: torpor-runtime [OPTION]... " + command + " [OPTION]... CONTAINER");
    for (Flag flag : Flag.values()) {
      if (flag.belongsTo(command)) {
        StringBuilder line = new StringBuilder("  --").append(flag.longName);
        if (flag.takesValue()) {
          line.append('=').append(flag.value);
        }
        while (line.length() < COLUMN) {
          line.append(' ');
        }
        out.println(line.append(' ').append(flag.help));
      }
    }
  }
}
