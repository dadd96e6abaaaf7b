// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code coverage/known}: what Torpor does not bring back, by name, and where that is said. A line
 * is
 *
 * <ul>
 *   <li>{@code warned : GROUP : PROPERTY : WORDS}, which a line of the dump's log has;
 *   <li>{@code page : GROUP : PROPERTY : WORDS}, which {@code docs/losses.md} has;
 *   <li>{@code refused : GROUP : PROPERTY}: the dump gives the reason.
 * </ul>
 */
final class KnownLosses {
  private final Map<String, String> warned = new LinkedHashMap<>();
  private final Map<String, String> page = new LinkedHashMap<>();
  private final List<String> refused = new ArrayList<>();

  static KnownLosses read() throws IOException {
    KnownLosses known = new KnownLosses();
    for (String line : Files.readAllLines(Settings.source("coverage/known"))) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" : ", 4);
      if (words[0].equals("warned") && words.length == 4) {
        known.warned.put(key(words[1], words[2]), words[3]);
      } else if (words[0].equals("page") && words.length == 4) {
        known.page.put(key(words[1], words[2]), words[3]);
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

  boolean isLost(PropertyGroup group, String property) {
    String key = key(group.group(), property);
    return warned.containsKey(key) || page.containsKey(key);
  }

  /** Words of the line in the dump's log that tells of a property; null if none does. */
  String warning(PropertyGroup group, String property) {
    return warned.get(key(group.group(), property));
  }

  /** Words of the page about what no checkpoint can see, by properties. */
  Map<String, String> ofPage() {
    return page;
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
