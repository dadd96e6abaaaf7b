// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a user says of the files that are saved, in the form of {@code --cgroup-props}:
 *
 * <pre>
 * "cpu":
 *  - "strategy": "replace"
 *  - "properties": ["cpu.shares", "cpu.cfs_period_us"]
 * </pre>
 *
 * <p>As with CRIU it looks like YAML, and is only this.
 */
public final class PropertyChanges {
  /** Says nothing. */
  public static final PropertyChanges NONE = new PropertyChanges(List.of());

  private static final String QUOTED = "\"([^\"]+)\"";
  private static final Pattern CONTROLLER =
      Pattern.compile(
          QUOTED
              + " *:\n *- *\"strategy\": *\"(merge|replace)\" *\n *- *\"properties\": *\\[ *("
              + "(?:\"[^\"/]+\" *(?:, *\"[^\"/]+\" *)*)?)\\] *(?:\n|\\z)");
  private static final Pattern PROPERTY = Pattern.compile(QUOTED);

  /**
   * What is said of one controller.
   *
   * @param adds whether its other files are saved too
   */
  private record Change(String controller, boolean adds, List<String> properties) {}

  private final List<Change> changes;

  private PropertyChanges(List<Change> changes) {
    this.changes = List.copyOf(changes);
  }

  /**
   * These, and then those of a text.
   *
   * @throws CgroupException if it does not read like the example
   */
  public PropertyChanges and(String text) throws CgroupException {
    List<Change> all = new ArrayList<>(changes);
    Matcher matcher = CONTROLLER.matcher(text);
    int at = 0;
    while (at < text.length()) {
      matcher.region(at, text.length());
      if (!matcher.lookingAt()) {
        throw new CgroupException(
            "cgroup properties: `"
                + firstLine(text.substring(at))
                + "` does not begin a controller as criu(8) describes it: \"NAME\":, then lines -"
                + " \"strategy\": \"merge\" or \"replace\", - \"properties\": [\"FILE\", ...]");
      }
      all.add(
          new Change(
              matcher.group(1), matcher.group(2).equals("merge"), properties(matcher.group(3))));
      at = matcher.end();
    }
    return new PropertyChanges(all);
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  private static List<String> properties(String list) {
    List<String> properties = new ArrayList<>();
    Matcher matcher = PROPERTY.matcher(list);
    while (matcher.find()) {
      properties.add(matcher.group(1));
    }
    return properties;
  }

  /** The files of a controller, of which so many were known. */
  List<String> of(String controller, List<String> known) {
    List<String> properties = known;
    for (Change change : changes) {
      if (change.controller().equals(controller)) {
        List<String> changed = new ArrayList<>(change.adds() ? properties : List.of());
        changed.addAll(change.properties());
        properties = changed;
      }
    }
    return properties;
  }
}
