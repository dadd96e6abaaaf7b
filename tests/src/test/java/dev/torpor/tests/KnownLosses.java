// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code coverage/known}: what Torpor does not bring back, by name, with the reason. A line is
 * {@code lost|refused : GROUP : PROPERTY : REASON}; a refused property needs no reason, since the
 * dump gives one.
 */
final class KnownLosses {
  private final Map<String, String> lost = new LinkedHashMap<>();
  private final List<String> refused = new ArrayList<>();

  static KnownLosses read() throws IOException {
    KnownLosses known = new KnownLosses();
    for (String line : Files.readAllLines(Settings.source("coverage/known"))) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" : ", 4);
      if (words[0].equals("lost") && words.length == 4) {
        known.lost.put(key(words[1], words[2]), words[3]);
      } else if (words[0].equals("refused") && words.length == 3) {
        known.refused.add(key(words[1], words[2]));
      } else {
        throw new IllegalStateException("coverage/known: " + line);
      }
    }
    return known;
  }

  private static String key(String group, String property) {
    return group + " : " + property;
  }

  /** Null if it is not known to be lost. */
  String reason(PropertyGroup group, String property) {
    return lost.get(key(group.group(), property));
  }

  /** The properties of a group that make a dump refuse. */
  List<String> refused(PropertyGroup group) {
    String prefix = key(group.group(), "");
    return refused.stream()
        .filter(name -> name.startsWith(prefix))
        .map(name -> name.substring(prefix.length()))
        .toList();
  }
}
